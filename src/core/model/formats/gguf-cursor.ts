import { decodeUtf8, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { nameProblem } from './names.ts';

/** Ours: ggml has no cap on the whole header. Tokenisers make the largest real ones, of some 20 MB. */
const MAX_HEADER = 100_000_000;
const FIRST_READ = 65_536;

/** Not a failure: the header goes on behind the bytes at hand. */
export class MoreNeeded extends Error {
  readonly needBytes: number;

  constructor(needBytes: number) {
    super('more of the header is needed');
    this.needBytes = needBytes;
  }
}

export function invalidGguf(why: string, offset: number): StemmaError {
  return new StemmaError('GGUF_INVALID', `not a strict GGUF file: ${why} (byte ${offset})`, { details: { offset } });
}

/**
 * Reads little-endian fields in order. Every read is checked against the file, the header cap and the bytes at hand, in
 * that order, so a length is never trusted before it is known to fit.
 *
 * Each method throws StemmaError GGUF_INVALID with `details.offset`, or `MoreNeeded`.
 */
export class GgufCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileSize: number;
  #at = 0;

  constructor(prefix: Uint8Array, fileSize: number) {
    this.#bytes = prefix;
    this.#view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
    this.#fileSize = fileSize;
  }

  get offset(): number {
    return this.#at;
  }

  /** Passes over `length` bytes and returns where they start. */
  take(length: number, what: string): number {
    const start = this.#at;
    const end = start + length;
    if (end > this.#fileSize) throw invalidGguf(`${what} ends at ${end}, the file has ${this.#fileSize} bytes`, start);
    if (end > MAX_HEADER) throw invalidGguf(`the header goes beyond ${MAX_HEADER} bytes`, start);
    if (end > this.#bytes.length) {
      // Doubling keeps the whole work linear, for each call starts over.
      const ask = Math.max(end, 2 * this.#bytes.length, FIRST_READ);
      throw new MoreNeeded(Math.min(ask, this.#fileSize, MAX_HEADER));
    }
    this.#at = end;
    return start;
  }

  bytes(length: number, what: string): Uint8Array {
    const start = this.take(length, what);
    return this.#bytes.subarray(start, start + length);
  }

  u32(what: string): number {
    return this.#view.getUint32(this.take(4, what), true);
  }

  /** A u64, refused beyond 2^53-1. */
  u64(what: string): number {
    const start = this.take(8, what);
    const value = this.#view.getUint32(start + 4, true) * 0x1_0000_0000 + this.#view.getUint32(start, true);
    if (!Number.isSafeInteger(value)) throw invalidGguf(`${what} is beyond 2^53-1`, start);
    return value;
  }

  /** A name or key: at most `maxBytes` of UTF-8 without control characters. */
  name(maxBytes: number, what: string): string {
    const start = this.#at;
    const length = this.u64(`the length of ${what}`);
    if (length > maxBytes) throw invalidGguf(`${what} has ${length} bytes; at most ${maxBytes} are read`, start);
    const bytes = this.bytes(length, what);
    let name: string;
    try {
      name = decodeUtf8(bytes);
    } catch {
      throw invalidGguf(`${what} is not UTF-8`, start);
    }
    const problem = nameProblem(name);
    if (problem !== undefined) throw invalidGguf(`${what} ${quote(name)} ${problem}`, start);
    return name;
  }
}
