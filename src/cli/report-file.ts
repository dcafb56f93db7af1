import { once } from 'node:events';
import { constants, type Stats } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { StemmaError } from '../core/errors/index.ts';
import { writeFileAtomic } from '../core/evidence/index.ts';
import { systemErrorCode } from './system-error.ts';

/**
 * Writes a report where the user wants it. A file appears whole or not at all, in a folder that is made for it, and replaces an
 * older one. A pipe or a character device is written to and stays what it is; so are `/dev/stdout` and its kin, the only
 * symbolic links that are followed.
 *
 * @throws StemmaError WRITE_FAILED, SYMLINK_REFUSED
 */
export async function writeReportFile(file: string, text: string): Promise<void> {
  const at = path.resolve(file);
  if (OWN_STREAMS.has(at)) {
    // Opened anew, a file behind the stream would be written from its start, over what is there.
    const stream = OWN_STREAMS.get(at) === 1 ? process.stdout : process.stderr;
    if (!stream.write(text)) await once(stream, 'drain');
    return;
  }
  const found = await statOf(at);
  if (found === undefined || found.isFile() || found.isDirectory() || found.isSymbolicLink()) {
    return writeFileAtomic(file, text);
  }
  if (!isStream(found)) {
    throw new StemmaError('WRITE_FAILED', `${path.basename(at)} is neither a file nor a pipe`, {
      hint: 'choose another place to write to',
    });
  }
  try {
    // Not created, and not cut short, should it meanwhile have become something else.
    const handle = await open(at, constants.O_WRONLY);
    try {
      if (!isStream(await handle.stat())) throw new StemmaError('WRITE_FAILED', `${path.basename(at)} was replaced`);
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof StemmaError) throw cause;
    const reason = systemErrorCode(cause) ?? 'unknown reason';
    throw new StemmaError('WRITE_FAILED', `cannot write to ${path.basename(at)}: ${reason}`, { cause });
  }
}

/** Our own descriptors by the names that systems give them. */
const OWN_STREAMS: ReadonlyMap<string, 1 | 2> = new Map([
  ['/dev/stdout', 1],
  ['/dev/fd/1', 1],
  ['/proc/self/fd/1', 1],
  ['/dev/stderr', 2],
  ['/dev/fd/2', 2],
  ['/proc/self/fd/2', 2],
]);

const isStream = (found: Stats): boolean => found.isFIFO() || found.isCharacterDevice();

/** What stands there; for `/dev/fd/63`, which a shell puts in the place of `>(…)`, what that leads to. */
async function statOf(file: string): Promise<Stats | undefined> {
  const isDescriptor = ['/dev/fd', '/proc/self/fd'].includes(path.dirname(file));
  return (isDescriptor ? stat(file) : lstat(file)).catch(() => undefined);
}
