import { equalBytes, joinBytes, quote } from '../bytes/index.ts';
import type { FileIdentity } from '../digest/index.ts';
import { StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { LogFile } from './log-file.ts';

/** So many bytes before the end are looked at again each time: a log that was rewritten at length would differ there. */
const TAIL_BYTES = 4096;

/**
 * A log that may be written to while it is read, in pieces, from its begin. It may only grow: shortened, replaced by another
 * file, or other before its last end than it was, and it is no longer the log that was begun. An edit further back, by someone
 * who leaves length and end as they were, shows only to who reads it all again.
 */
export class GrowingLog {
  readonly #file: LogFile;
  #offset = 0;
  #tail: Uint8Array = new Uint8Array(0);
  #last: FileIdentity | undefined;

  private constructor(file: LogFile) {
    this.#file = file;
  }

  /** @throws StemmaError PATH_NOT_FOUND, FILE_UNREADABLE, NOT_A_REGULAR_FILE */
  static async open(location: string): Promise<GrowingLog> {
    return new GrowingLog(await LogFile.open(location));
  }

  /** Base name; untrusted text. */
  get name(): string {
    return this.#file.name;
  }

  /** Bytes read so far. */
  get bytes(): number {
    return this.#offset;
  }

  /**
   * Reads what was appended since the last call, up to the size that the file has now. `take` gets chunks whose buffer is reused.
   *
   * @throws StemmaError FILE_CHANGED, saying how; FILE_UNREADABLE; INTERRUPTED; whatever `take` throws
   */
  async readOn(take: (chunk: Uint8Array) => void, options: AbortOptions = {}): Promise<void> {
    const now = await this.#file.identityNow();
    const { dev, ino } = this.#file.identity;
    if (now.dev !== dev || now.ino !== ino) throw this.#changed('another file took its place');
    if (now.size < this.#offset) {
      throw this.#changed(`it had ${this.#offset} bytes and now has ${now.size}`);
    }
    if (this.#last?.size === now.size && this.#last.mtimeNs === now.mtimeNs) return;
    await this.#checkTail();
    for await (const chunk of this.#file.range(this.#offset, now.size)) {
      throwIfAborted(options.signal);
      take(chunk);
      this.#offset += chunk.length;
      this.#tail = joinBytes([this.#tail, chunk.subarray(-TAIL_BYTES)]).slice(-TAIL_BYTES);
    }
    this.#last = now;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #checkTail(): Promise<void> {
    let at = 0;
    for await (const chunk of this.#file.range(this.#offset - this.#tail.length, this.#offset)) {
      if (!equalBytes(chunk, this.#tail.subarray(at, at + chunk.length))) {
        throw this.#changed('what had been read of it is not there any more');
      }
      at += chunk.length;
    }
  }

  #changed(how: string): StemmaError {
    return new StemmaError('FILE_CHANGED', `log ${quote(this.name)} was not only appended to: ${how}`);
  }
}
