import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import type { FileIdentity } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';

const BUFFER_BYTES = 256 * 1024;

/** A log opened for one reading from begin to end. The file may be hostile, and a trainer may still be writing to it. */
export class LogFile {
  /** Base name, as in messages and statements. */
  readonly name: string;
  /** What the file was when it was opened. */
  readonly identity: FileIdentity;
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(location: string, handle: FileHandle, identity: FileIdentity) {
    this.name = path.basename(location);
    this.identity = identity;
    this.#path = location;
    this.#handle = handle;
  }

  /** @throws StemmaError PATH_NOT_FOUND, FILE_UNREADABLE or NOT_A_REGULAR_FILE */
  static async open(location: string): Promise<LogFile> {
    const name = path.basename(location);
    let handle: FileHandle;
    try {
      // Opening a FIFO would wait for its writer without O_NONBLOCK.
      handle = await open(location, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (cause) {
      throw openError(name, cause);
    }
    try {
      const info = await handle.stat({ bigint: true });
      if (!info.isFile()) throw notRegular(name);
      return new LogFile(location, handle, identityOf(info));
    } catch (error) {
      await handle.close();
      throw isStemmaError(error) ? error : unreadable(name, error);
    }
  }

  /**
   * The bytes `[start, end)` in order, in one buffer that is reused: a chunk is good until the next is asked for.
   *
   * @throws StemmaError FILE_CHANGED when the file is shorter than at opening, or longer where `end` is left out;
   *   FILE_UNREADABLE
   */
  async *chunks(start = 0, end = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array, void, undefined> {
    const buffer = new Uint8Array(Math.min(BUFFER_BYTES, Math.max(0, end - start)));
    let offset = start;
    while (offset < end) {
      const bytesRead = await this.#read(buffer.subarray(0, Math.min(buffer.length, end - offset)), offset);
      offset += bytesRead;
      // Without this, a file that grows as fast as it is read would never end.
      if (offset > this.identity.size) throw changed(this.name);
      if (bytesRead === 0) break;
      yield buffer.subarray(0, bytesRead);
    }
    if (offset < Math.min(end, this.identity.size)) throw changed(this.name);
  }

  /**
   * The bytes from one offset to another, through one buffer as `chunks`; what comes after them is not looked at.
   *
   * @throws StemmaError FILE_CHANGED where the file ends earlier; FILE_UNREADABLE
   */
  async *range(from: number, to: number): AsyncGenerator<Uint8Array, void, undefined> {
    const buffer = new Uint8Array(Math.min(BUFFER_BYTES, to - from));
    for (let offset = from; offset < to; ) {
      const bytesRead = await this.#read(buffer.subarray(0, to - offset), offset);
      if (bytesRead === 0) throw changed(this.name);
      offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** What the path names now. @throws StemmaError FILE_CHANGED where it names nothing any more */
  async identityNow(): Promise<FileIdentity> {
    try {
      return identityOf(await stat(this.#path, { bigint: true }));
    } catch (cause) {
      throw changed(this.name, cause);
    }
  }

  /** @throws StemmaError FILE_CHANGED when the path no longer names the file that was opened, as it was then */
  async assertUnchanged(): Promise<void> {
    const now = await this.identityNow();
    const { dev, ino, size, mtimeNs } = this.identity;
    if (now.dev !== dev || now.ino !== ino || now.size !== size || now.mtimeNs !== mtimeNs) throw changed(this.name);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #read(buffer: Uint8Array, offset: number): Promise<number> {
    try {
      return (await this.#handle.read(buffer, 0, buffer.length, offset)).bytesRead;
    } catch (cause) {
      throw unreadable(this.name, cause);
    }
  }
}

interface BigStats {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

function identityOf({ dev, ino, size, mtimeNs }: BigStats): FileIdentity {
  return { dev, ino, size: Number(size), mtimeNs };
}

function openError(name: string, cause: unknown): StemmaError {
  const code = errorNumber(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new StemmaError('PATH_NOT_FOUND', `no such file: ${quote(name)}`, { cause });
  }
  // What opening a socket gives.
  return code === 'ENXIO' ? notRegular(name, cause) : unreadable(name, cause);
}

function notRegular(name: string, cause?: unknown): StemmaError {
  return new StemmaError('NOT_A_REGULAR_FILE', `expected ${quote(name)} to be a regular file`, { cause });
}

function unreadable(name: string, cause: unknown): StemmaError {
  return new StemmaError('FILE_UNREADABLE', `${quote(name)} cannot be read (${errorNumber(cause)})`, { cause });
}

function changed(name: string, cause?: unknown): StemmaError {
  return new StemmaError('FILE_CHANGED', `log ${quote(name)} changed while it was read`, {
    hint: 'try again once nothing writes to the log',
    cause,
  });
}

/** The name of a system error, such as `EACCES`. */
function errorNumber(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
