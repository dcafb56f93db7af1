import { concatBytes } from '../bytes/index.ts';
import { type ErrorCode, StemmaError } from '../errors/index.ts';

/** The universal and context tags that keys and certificates are made of (X.690). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  context0: 0xa0,
  context1: 0xa1,
  context3: 0xa3,
} as const;

/** One DER element: tag, minimal definite length, contents. */
export function encodeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...contents);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const header = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 | length.length, ...length];
  return concatBytes(Uint8Array.from(header), body);
}

/** A non-negative INTEGER. */
export function encodeDerInteger(value: number): Uint8Array {
  const bytes: number[] = [value % 256];
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0);
  return encodeDer(TAG.integer, Uint8Array.from(bytes));
}

/**
 * Reads hostile DER, element by element: indefinite and non-minimal lengths, multi-byte tags, elements that end past the
 * input, and bytes left over are errors with the offset.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #code: ErrorCode;
  readonly #what: string;
  #at = 0;

  /** `code` and `what` (such as "private key") go into every error. */
  constructor(bytes: Uint8Array, code: ErrorCode, what: string) {
    this.#bytes = bytes;
    this.#code = code;
    this.#what = what;
  }

  /** The tag of the next element, or undefined at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The contents of the next element, which must carry this tag. */
  next(tag: number): Uint8Array {
    const found = this.peek();
    if (found !== tag) {
      throw this.#bad(
        `expected tag 0x${tag.toString(16)}, found ${found === undefined ? 'the end' : `0x${found.toString(16)}`}`,
      );
    }
    return this.#element();
  }

  /** The contents of the next element if it carries this tag. */
  optional(tag: number): Uint8Array | undefined {
    return this.peek() === tag ? this.#element() : undefined;
  }

  /** The next element whatever it is, header included. */
  any(): Uint8Array {
    const start = this.#at;
    this.#element();
    return this.#bytes.subarray(start, this.#at);
  }

  /** A reader over the contents of the next element, which must carry this tag. */
  enter(tag: number): DerReader {
    return new DerReader(this.next(tag), this.#code, this.#what);
  }

  /** A non-negative INTEGER of at most 48 bits, minimally encoded. */
  integer(): number {
    const bytes = this.next(TAG.integer);
    const [first, second] = bytes;
    if (first === undefined || bytes.length > 7) throw this.#bad(`an integer of ${bytes.length} bytes`);
    if (first >= 0x80) throw this.#bad('a negative integer');
    if (first === 0 && second !== undefined && second < 0x80) throw this.#bad('an integer that is not minimal');
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    if (value >= 2 ** 48) throw this.#bad('an integer beyond 48 bits');
    return value;
  }

  /** A BIT STRING of whole bytes. */
  bits(tag: number = TAG.bitString): Uint8Array {
    const contents = this.next(tag);
    if (contents[0] !== 0) throw this.#bad('a bit string that is not whole bytes');
    return contents.subarray(1);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.#bad(`${this.#bytes.length - this.#at} bytes too many`);
  }

  #element(): Uint8Array {
    const bytes = this.#bytes;
    const tag = bytes[this.#at] ?? 0x1f;
    if ((tag & 0x1f) === 0x1f) throw this.#bad('a missing or multi-byte tag');
    let at = this.#at + 1;
    let length = bytes[at++] ?? 0x80;
    if (length >= 0x80) {
      const size = length - 0x80;
      // Four length bytes describe 4 GiB: far beyond every size cap of the callers.
      if (size < 1 || size > 4) throw this.#bad('a length that is missing, indefinite or absurd');
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + (bytes[at++] ?? 0);
      if (length < (size === 1 ? 0x80 : 256 ** (size - 1))) throw this.#bad('a length that is not minimal');
    }
    if (at + length > bytes.length) throw this.#bad('an element that ends past the input');
    this.#at = at + length;
    return bytes.subarray(at, at + length);
  }

  #bad(why: string): StemmaError {
    return new StemmaError(this.#code, `${this.#what} is not strict DER: ${why} (offset ${this.#at})`, {
      details: { offset: this.#at },
    });
  }
}
