import { joinBytes } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { carInvalid } from './parse.ts';

/** Takes pieces of exact lengths out of chunks of any length. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  #buffer: Uint8Array = new Uint8Array(0);
  #received = 0;
  #ended = false;
  /** Bytes taken so far. */
  offset = 0;

  constructor(chunks: AsyncIterable<Uint8Array>, maxBytes: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
  }

  /** What is there, up to so many bytes: fewer only at the end. Nothing is taken. @throws StemmaError TOO_LARGE */
  async peek(length: number): Promise<Uint8Array> {
    if (this.#buffer.length < length) await this.#fill(length);
    return this.#buffer.subarray(0, length);
  }

  /** @throws StemmaError CAR_INVALID where fewer are left, TOO_LARGE */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.peek(length);
    if (bytes.length < length) {
      throw carInvalid(`cut off: ${length - bytes.length} bytes are missing from a frame`, this.offset);
    }
    this.#drop(length);
    return bytes;
  }

  /** Passes over bytes without holding them. @throws as `take` */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      if (this.#buffer.length === 0) await this.#fill(1);
      const step = Math.min(left, this.#buffer.length);
      if (step === 0) throw carInvalid(`cut off: ${left} bytes are missing`, this.offset);
      this.#drop(step);
      left -= step;
    }
  }

  /** Passes over everything, and counts it. @throws StemmaError TOO_LARGE */
  async drain(): Promise<void> {
    for (;;) {
      this.#drop(this.#buffer.length);
      if (this.#ended) return;
      await this.#fill(1);
    }
  }

  /** Lets the source go, before its end. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#chunks.return?.();
    this.#ended = true;
  }

  #drop(length: number): void {
    this.#buffer = this.#buffer.subarray(length);
    this.offset += length;
  }

  async #fill(length: number): Promise<void> {
    const parts = [this.#buffer];
    let have = this.#buffer.length;
    while (have < length && !this.#ended) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#ended = true;
        break;
      }
      this.#received += next.value.length;
      if (this.#received > this.#maxBytes) {
        throw new StemmaError('TOO_LARGE', `the CAR is longer than ${this.#maxBytes} bytes`);
      }
      parts.push(next.value);
      have += next.value.length;
    }
    this.#buffer = joinBytes(parts);
  }
}
