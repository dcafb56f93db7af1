import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import type { ModelFile } from '../walk/listing.ts';

/** Reads the first bytes of a file: `read(n)` gives exactly `n`, which the caller keeps within the file's size. */
export type PrefixReader = (length: number) => Uint8Array;

/**
 * Opens a listed file for its header and hands `use` a reader of its first bytes. The file must be, before and after, the one
 * that the walk saw (device, inode, size, modification time); links are not followed and a FIFO in its place cannot block.
 * Shown paths are relative to the model; `name` stands in for the empty path of a single-file model.
 *
 * @throws StemmaError FILE_UNREADABLE, FILE_CHANGED, NOT_A_REGULAR_FILE, or what `use` throws
 */
export function readHeader<T>(file: ModelFile, name: string, use: (read: PrefixReader) => T): T {
  const shown = quote(file.path === '' ? name : file.path);
  const fd = open(file.location, shown);
  try {
    check(fd, file, shown);
    const result = use((length) => readPrefix(fd, length, shown));
    check(fd, file, shown);
    return result;
  } finally {
    closeSync(fd);
  }
}

function unreadable(shown: string, cause: unknown): StemmaError {
  const code = (cause as { readonly code?: string }).code ?? 'unknown error';
  return new StemmaError('FILE_UNREADABLE', `${shown} cannot be read (${code})`, { cause });
}

function changed(shown: string): StemmaError {
  return new StemmaError('FILE_CHANGED', `${shown} changed while the model was read`);
}

function open(location: string, shown: string): number {
  try {
    return openSync(location, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === 'ELOOP') throw changed(shown);
    throw unreadable(shown, cause);
  }
}

function check(fd: number, { identity }: ModelFile, shown: string): void {
  let stat: BigIntStats;
  try {
    stat = fstatSync(fd, { bigint: true });
  } catch (cause) {
    throw unreadable(shown, cause);
  }
  if (!stat.isFile()) throw new StemmaError('NOT_A_REGULAR_FILE', `${shown} is no longer a regular file`);
  const same =
    stat.dev === identity.dev &&
    stat.ino === identity.ino &&
    Number(stat.size) === identity.size &&
    stat.mtimeNs === identity.mtimeNs;
  if (!same) throw changed(shown);
}

function readPrefix(fd: number, length: number, shown: string): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    let n: number;
    try {
      n = readSync(fd, out, at, length - at, at);
    } catch (cause) {
      throw unreadable(shown, cause);
    }
    if (n === 0) throw changed(shown);
    at += n;
  }
  return out;
}
