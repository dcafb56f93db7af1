import os from 'node:os';
import path from 'node:path';

/** Where statements are kept unless `--store` says otherwise: `stemma` in the user's data folder (XDG Base Directory Specification). */
export function storeFolder(): string {
  const given = process.env['XDG_DATA_HOME'] ?? '';
  // The specification: a relative path is invalid and to be ignored.
  const base = path.isAbsolute(given) ? given : path.join(os.homedir(), '.local/share');
  return path.join(base, 'stemma');
}
