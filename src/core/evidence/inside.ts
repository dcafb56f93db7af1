import { realpathSync } from 'node:fs';
import path from 'node:path';

/**
 * The path of a file relative to a folder, with `/`, where it lies in it; else undefined. Links on the way to either are
 * followed, the file's own name is not, and need not exist.
 */
export function relativeTo(folder: string, file: string): string | undefined {
  const relative = path.relative(real(folder), path.join(real(path.dirname(file)), path.basename(file)));
  if (relative === '' || relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    return undefined;
  }
  return relative.split(path.sep).join('/');
}

/** The real path of the folders that exist, and the rest as it will be. */
function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    const above = path.dirname(folder);
    return above === folder ? folder : path.join(real(above), path.basename(folder));
  }
}
