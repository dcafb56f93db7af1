/** The few parts of Protocol Buffers that dag-pb and UnixFS are written in. */

const VARINT = 0;
const BYTES = 2;

/** Length in bytes of an unsigned varint. @param value a safe integer */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** Bytes that are written front to back into an array of known length. */
export class Writer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  varint(value: number): this {
    let rest = value;
    // Not by shifts: sizes go beyond 32 bits.
    while (rest >= 0x80) {
      this.bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.#at++] = rest;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** A field of number type. */
  number(field: number, value: number): this {
    return this.varint((field << 3) | VARINT).varint(value);
  }

  /** The head of a field of bytes, which are to follow. */
  head(field: number, length: number): this {
    return this.varint((field << 3) | BYTES).varint(length);
  }
}

/** Length of a field of number type, for field numbers below 16. */
export function numberLength(value: number): number {
  return 1 + varintLength(value);
}

/** Length of a field of bytes with its head, for field numbers below 16. */
export function bytesLength(length: number): number {
  return 1 + varintLength(length) + length;
}
