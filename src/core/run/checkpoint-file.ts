import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { encodeUtf8, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { makeFolder } from '../evidence/index.ts';
import { MAX_NOTES_BYTES, parseCheckpoint, parseNote, runOrigin, splitNotes } from '../log/index.ts';

/** A file that checkpoints are appended to while a run goes on. */
export class CheckpointFile {
  readonly #name: string;
  readonly #handle: FileHandle;

  private constructor(name: string, handle: FileHandle) {
    this.#name = name;
    this.#handle = handle;
  }

  /**
   * Opens or creates it, and the folders above it. What is in it already must be checkpoints, and of other runs: two logs under one origin could not be
   * told apart.
   *
   * @throws StemmaError USAGE, SYMLINK_REFUSED, NOT_A_REGULAR_FILE, WRITE_FAILED
   */
  static async open(file: string, invocation: string): Promise<CheckpointFile> {
    const name = path.basename(file);
    let handle: FileHandle;
    try {
      await makeFolder(path.dirname(file));
      const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
      handle = await open(file, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o644);
    } catch (cause) {
      throw openError(name, cause);
    }
    try {
      if (!(await handle.stat()).isFile()) {
        throw new StemmaError('NOT_A_REGULAR_FILE', `expected ${quote(name)} to be a regular file for checkpoints`);
      }
      await requireOthers(handle, name, invocation);
      return new CheckpointFile(name, handle);
    } catch (error) {
      await handle.close();
      throw error instanceof StemmaError ? error : writeError(name, error);
    }
  }

  /**
   * Appends a note in one write, and syncs it.
   *
   * @throws StemmaError WRITE_FAILED, with what was written of it taken back
   */
  async append(note: string): Promise<void> {
    const bytes = encodeUtf8(note);
    try {
      const { size } = await this.#handle.stat();
      const { bytesWritten } = await this.#handle.write(bytes);
      if (bytesWritten < bytes.length) {
        await this.#handle.truncate(size);
        throw new StemmaError('WRITE_FAILED', `cannot write a checkpoint to ${quote(this.#name)}: no room`);
      }
      await this.#handle.sync();
    } catch (cause) {
      throw cause instanceof StemmaError ? cause : writeError(this.#name, cause);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function requireOthers(handle: FileHandle, name: string, invocation: string): Promise<void> {
  const { size } = await handle.stat();
  const refuse = (why: string, hint: string): StemmaError =>
    new StemmaError('USAGE', `checkpoints are not appended to ${quote(name)}: ${why}`, { hint });
  if (size > MAX_NOTES_BYTES) throw refuse(`it has ${size} bytes`, 'begin a new file');
  const bytes = new Uint8Array(size);
  const { bytesRead } = await handle.read(bytes, 0, size, 0);
  const ofThisRun = runOrigin(invocation, 'x').slice(0, -1);
  for (const note of splitNotes(bytes.subarray(0, bytesRead))) {
    let origin: string;
    try {
      ({ origin } = parseCheckpoint(parseNote(note).text));
    } catch (cause) {
      if (!(cause instanceof StemmaError)) throw cause;
      throw refuse('it holds something else', 'choose a file that is not there yet');
    }
    if (origin.startsWith(ofThisRun)) {
      throw refuse(`it has checkpoints of a run with the same id, ${quote(invocation)}`, 'choose a file for each run');
    }
  }
}

function openError(name: string, cause: unknown): StemmaError {
  const code = codeOf(cause);
  if (code === 'ELOOP' || code === 'EMLINK') {
    return new StemmaError('SYMLINK_REFUSED', `${quote(name)} is a symbolic link, and is not written through`, {
      hint: 'choose another place for the checkpoints',
      cause,
    });
  }
  if (code === 'EISDIR' || code === 'ENXIO') {
    return new StemmaError('NOT_A_REGULAR_FILE', `expected ${quote(name)} to be a regular file for checkpoints`, {
      cause,
    });
  }
  return writeError(name, cause);
}

function writeError(name: string, cause: unknown): StemmaError {
  const code = codeOf(cause);
  return new StemmaError('WRITE_FAILED', `cannot write checkpoints to ${quote(name)}: ${code}`, { cause });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
