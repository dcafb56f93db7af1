import { lstatSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { writeFileAtomic } from '../core/evidence/index.ts';
import { systemErrorCode } from './system-error.ts';

/**
 * @throws StemmaError WOULD_OVERWRITE where something stands in the place of an export
 */
export function requireFree(file: string, force: boolean): void {
  if (force || lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(file))} exists already`, {
    hint: 'choose another place for the export; --force replaces the file',
  });
}

/**
 * Writes lines to a file, whole or not at all, or to stdout as they come. A reader that goes away ends it.
 *
 * @throws StemmaError WRITE_FAILED, SYMLINK_REFUSED; whatever `lines` throws
 */
export async function writeLines(lines: AsyncIterable<Uint8Array>, file: string | undefined): Promise<void> {
  if (file !== undefined) return writeFileAtomic(file, lines);
  try {
    await pipeline(Readable.from(lines), process.stdout, { end: false });
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === undefined) throw cause;
    if (code !== 'EPIPE') throw new StemmaError('WRITE_FAILED', `cannot write to stdout: ${code}`, { cause });
  }
}
