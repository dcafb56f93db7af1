import { open } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { systemErrorCode } from './system-error.ts';

/**
 * Reads a small file that the caller named: a key, a passphrase, a certificate. Pipes are read as well, for `<(…)`.
 *
 * @param what a noun for messages, `key file`
 * @throws StemmaError PATH_NOT_FOUND, USAGE for a folder or for what would be in the file, FILE_UNREADABLE, TOO_LARGE
 */
export async function readNamedFile(file: string, what: string, maxBytes: number): Promise<Uint8Array> {
  // It may be a private key, and messages repeat the name.
  if (file.includes('-----BEGIN')) throw new StemmaError('USAGE', `expected the name of a ${what}, found PEM text`);
  const name = quote(path.basename(file));
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  try {
    const handle = await open(file, 'r');
    try {
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
        length += bytesRead;
        if (bytesRead === 0 || length > maxBytes) break;
      }
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new StemmaError('PATH_NOT_FOUND', `${what} ${name} does not exist`, { cause });
    }
    if (code === 'EISDIR')
      throw new StemmaError('USAGE', `expected a file, found a folder: ${what} ${name}`, { cause });
    throw new StemmaError('FILE_UNREADABLE', `${what} ${name} cannot be read: ${code ?? 'unknown reason'}`, { cause });
  }
  if (length > maxBytes) throw new StemmaError('TOO_LARGE', `${what} ${name} has more than ${maxBytes} bytes`);
  return buffer.subarray(0, length);
}
