/** Opening and reading a file that must stay what it was when it was listed. Hostile input: it may be swapped at any moment. */
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { quote } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import type { FileIdentity } from './request.ts';

export interface CheckedFile {
  readonly path: string;
  readonly location: string;
  readonly followLink: boolean;
  readonly identity: FileIdentity;
}

// O_NONBLOCK: opening a FIFO that was put in the file's place must not wait for a writer. Both flags are absent on Windows.
const NONBLOCK = constants.O_NONBLOCK ?? 0;
const NOFOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * Opens the file for reading and checks that it is the regular file that was listed. The caller closes the descriptor.
 *
 * @throws StemmaError FILE_UNREADABLE (also where it is gone), NOT_A_REGULAR_FILE, FILE_CHANGED
 */
export function openChecked(file: CheckedFile): number {
  let fd: number;
  try {
    fd = openSync(file.location, constants.O_RDONLY | NONBLOCK | (file.followLink ? 0 : NOFOLLOW));
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'ELOOP' && !file.followLink) throw notRegular(file, 'a symbolic link');
    if (errno === 'ENXIO') throw notRegular(file, 'a socket or a device');
    throw unreadable(file, cause);
  }
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw notRegular(file, kindOf(stat));
    assertSame(file, stat);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw isStemmaError(error) ? error : unreadable(file, error);
  }
}

/**
 * Fills `block` from offset `at`.
 *
 * @throws StemmaError FILE_CHANGED where the file ends earlier, FILE_UNREADABLE
 */
export function readBlock(file: CheckedFile, fd: number, block: Uint8Array, at: number): void {
  let filled = 0;
  while (filled < block.length) {
    let n: number;
    try {
      n = readSync(fd, block, filled, block.length - filled, at + filled);
    } catch (cause) {
      throw unreadable(file, cause);
    }
    if (n === 0) {
      throw changed(file, `it ends at byte ${at + filled} where ${file.identity.size} bytes were expected`);
    }
    filled += n;
  }
}

/**
 * Checks, after reading, that the path still names the file that was listed: a file replaced by renaming another one over it
 * has changed too, which the open descriptor would not show.
 *
 * @throws StemmaError FILE_CHANGED
 */
export function assertUnchanged(file: CheckedFile): void {
  let stat: BigIntStats;
  try {
    stat = (file.followLink ? statSync : lstatSync)(file.location, { bigint: true });
  } catch (cause) {
    throw changed(file, `it can no longer be found (${errnoOf(cause)})`);
  }
  assertSame(file, stat);
}

function assertSame(file: CheckedFile, stat: BigIntStats): void {
  const { dev, ino, size, mtimeNs } = file.identity;
  if (stat.dev !== dev || stat.ino !== ino) throw changed(file, 'another file took its place');
  if (stat.size !== BigInt(size)) throw changed(file, `expected ${size} bytes, found ${stat.size}`);
  if (stat.mtimeNs !== mtimeNs) throw changed(file, 'its modification time differs');
}

function errnoOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown error';
}

function kindOf(stat: BigIntStats): string {
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a FIFO';
  return 'a device';
}

function unreadable(file: CheckedFile, cause: unknown): StemmaError {
  const errno = errnoOf(cause);
  const details = { path: file.path, errno };
  return new StemmaError('FILE_UNREADABLE', `${quote(file.path)} cannot be read (${errno})`, { details, cause });
}

function notRegular(file: CheckedFile, found: string): StemmaError {
  const details = { path: file.path };
  return new StemmaError('NOT_A_REGULAR_FILE', `expected a regular file at ${quote(file.path)}, found ${found}`, {
    details,
  });
}

function changed(file: CheckedFile, how: string): StemmaError {
  const details = { path: file.path };
  return new StemmaError('FILE_CHANGED', `${quote(file.path)} changed while it was being hashed: ${how}`, { details });
}
