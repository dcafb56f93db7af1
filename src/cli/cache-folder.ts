import os from 'node:os';
import path from 'node:path';

/** Where indexes are kept between runs: `stemma` in the user's cache folder (XDG Base Directory Specification). */
export function cacheFolder(): string {
  const given = process.env['XDG_CACHE_HOME'] ?? '';
  // The specification: a relative path is invalid and to be ignored.
  const base = path.isAbsolute(given) ? given : path.join(os.homedir(), '.cache');
  return path.join(base, 'stemma');
}
