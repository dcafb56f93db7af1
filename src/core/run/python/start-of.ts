import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The first bytes of a file, as Latin-1 text; empty for what is no regular file or cannot be read. Whatever it is, nothing is waited
 * for.
 */
export function startOf(file: string, bytes: number): string {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    if (!fstatSync(handle).isFile()) return '';
    const buffer = Buffer.alloc(bytes);
    return buffer.toString('latin1', 0, readSync(handle, buffer));
  } finally {
    closeSync(handle);
  }
}
