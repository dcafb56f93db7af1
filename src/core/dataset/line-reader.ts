import { concatBytes } from '../bytes/index.ts';
import { LINE_FRAMING } from '../records/index.ts';

/**
 * Puts the lines of a stream together again, each with its LF. Hostile input: of a line that is longer than `maxBytes` nothing is
 * held.
 */
export class LineReader {
  readonly #maxBytes: number;
  readonly #onLine: (line: Uint8Array) => void;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(maxBytes: number, onLine: (line: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  /** The next bytes; the buffer may be reused. A line is good until the call ends. */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const end = LINE_FRAMING.recordEnd(chunk, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      if (end < 0) return this.#hold(part);
      if (this.#length === 0 && part.length <= this.#maxBytes) this.#onLine(part);
      else {
        this.#hold(part);
        this.finish();
      }
      from = end;
    }
  }

  /** Ends the line that is open, if one is. */
  finish(): void {
    if (this.#length > 0 && this.#length <= this.#maxBytes) this.#onLine(concatBytes(...this.#parts));
    this.#parts = [];
    this.#length = 0;
  }

  #hold(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > this.#maxBytes) this.#parts = [];
    else this.#parts.push(part.slice());
  }
}
