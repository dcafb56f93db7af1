import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson, encodeUtf8, hexEncode, quote } from '../../bytes/index.ts';
import { createHash, sha256 } from '../../digest/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { makeFolder } from '../../evidence/index.ts';

/** What the first line points back to, in the place of a line before it. */
const START = encodeUtf8('stemma/transcript/v1\0');

/** One checkpoint of the model, as it was found (docs/formats/transcript.md). */
export interface TranscriptEntry {
  /** Relative to the working folder, with `/`. */
  readonly name: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** RFC 3339 in UTC: when its digest was had. */
  readonly seenOn: string;
}

/**
 * The file that the transcript of a training run is written to, line by line, while it goes on. Each line has the SHA-256 of the
 * line before it, so that none can be left out or put in between without changing all that follow.
 */
export class TranscriptFile {
  readonly #path: string;
  readonly #name: string;
  readonly #handle: FileHandle;
  readonly #whole = createHash('sha256');
  #previous = sha256(START);
  #entries = 0;

  private constructor(file: string, handle: FileHandle) {
    this.#path = file;
    this.#name = path.basename(file);
    this.#handle = handle;
  }

  /**
   * Makes the file, and the folders above it; one that is there already is another run's.
   *
   * @throws StemmaError WOULD_OVERWRITE, WRITE_FAILED
   */
  static async create(file: string): Promise<TranscriptFile> {
    const name = path.basename(file);
    await makeFolder(path.dirname(file)).catch((cause: unknown) => {
      throw writeError(name, cause);
    });
    try {
      const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;
      return new TranscriptFile(file, await open(file, flags, 0o644));
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST') {
        throw new StemmaError('WOULD_OVERWRITE', `${quote(name)} is there already, and a transcript is of one run`, {
          hint: 'name another file with --transcript, or move that one away',
          cause,
        });
      }
      throw writeError(name, cause);
    }
  }

  get entries(): number {
    return this.#entries;
  }

  /** @throws StemmaError WRITE_FAILED */
  async append({ name, size, sha256: digest, seenOn }: TranscriptEntry): Promise<void> {
    const entry = { index: this.#entries, name, prev: hexEncode(this.#previous), seenOn, sha256: digest, size };
    const line = encodeUtf8(`${canonicalJson(entry)}\n`);
    try {
      await this.#handle.writeFile(line);
      await this.#handle.sync();
    } catch (cause) {
      throw writeError(this.#name, cause);
    }
    this.#entries += 1;
    this.#previous = sha256(line);
    this.#whole.update(line);
  }

  /**
   * Closes it.
   *
   * @returns SHA-256 of what was written, lower-case hex: whoever reads the file again can tell whether it is that
   */
  async close(): Promise<string> {
    await this.#handle.close();
    return hexEncode(this.#whole.digest());
  }

  /** Removes it, closed, where nothing was written: it would only be in the way of the next run. */
  async removeEmpty(): Promise<void> {
    if (this.#entries === 0) await rm(this.#path, { force: true });
  }
}

function writeError(name: string, cause: unknown): StemmaError {
  const code = codeOf(cause);
  return new StemmaError('WRITE_FAILED', `cannot write the transcript ${quote(name)}: ${code}`, { cause });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
