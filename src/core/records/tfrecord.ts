import { StemmaError } from '../errors/index.ts';
import { crc32c, maskedCrc32c } from './crc32c.ts';
import type { RecordFraming } from './framing.ts';

/** u64 length, u32 masked CRC-32C of those eight bytes; little-endian, as all of the frame. */
const HEADER_BYTES = 12;
/** u32 masked CRC-32C of the data. */
const FOOTER_BYTES = 4;

/**
 * TFRecord frames (TensorFlow's `RecordWriter`, TensorBoard's event files): header, data, footer. Both checksums are
 * verified as the bytes pass; nothing is kept but the 12 bytes of a header, whatever length it claims.
 */
export class TfRecordFraming implements RecordFraming {
  readonly tailIsTruncated = true;
  readonly #fixed = new Uint8Array(HEADER_BYTES);
  readonly #view = new DataView(this.#fixed.buffer);
  #part: 'header' | 'data' | 'footer' = 'header';
  /** Bytes of the current header or footer read so far. */
  #filled = 0;
  /** Bytes of data to come. */
  #remaining = 0;
  #dataCrc = 0;
  /** Frames that ended, and bytes read in all: for messages. */
  #frames = 0;
  #offset = 0;

  recordEnd(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const start = at;
      if (this.#part === 'data') at = this.#readData(chunk, at);
      else at = this.#readFixed(chunk, at, this.#part === 'header' ? HEADER_BYTES : FOOTER_BYTES);
      this.#offset += at - start;
      if (this.#advance()) return at;
    }
    return -1;
  }

  #readData(chunk: Uint8Array, from: number): number {
    const end = Math.min(chunk.length, from + this.#remaining);
    this.#dataCrc = crc32c(chunk.subarray(from, end), this.#dataCrc);
    this.#remaining -= end - from;
    return end;
  }

  #readFixed(chunk: Uint8Array, from: number, length: number): number {
    const end = Math.min(chunk.length, from + length - this.#filled);
    this.#fixed.set(chunk.subarray(from, end), this.#filled);
    this.#filled += end - from;
    return end;
  }

  /** Goes on to the next part once this one is complete; true where that ends the frame. */
  #advance(): boolean {
    if (this.#part === 'header' && this.#filled === HEADER_BYTES) {
      this.#check('length', crc32c(this.#fixed.subarray(0, 8)), this.#view.getUint32(8, true));
      // Hostile: up to 2^64-1. Inexact beyond 2^53, where no stream arrives; never a size to allocate.
      this.#remaining = Number(this.#view.getBigUint64(0, true));
      this.#dataCrc = 0;
      this.#filled = 0;
      this.#part = 'data';
    } else if (this.#part === 'data' && this.#remaining === 0) {
      this.#part = 'footer';
    } else if (this.#part === 'footer' && this.#filled === FOOTER_BYTES) {
      this.#check('data', this.#dataCrc, this.#view.getUint32(0, true));
      this.#filled = 0;
      this.#part = 'header';
      this.#frames++;
      return true;
    }
    return false;
  }

  #check(what: 'length' | 'data', crc: number, found: number): void {
    const expected = maskedCrc32c(crc);
    if (found === expected) return;
    const offset = this.#offset - FOOTER_BYTES;
    const sums = `expected ${hex(expected)}, found ${hex(found)}`;
    throw new StemmaError(
      'LOG_INVALID',
      `checksum of the ${what} of TFRecord ${this.#frames + 1}: ${sums} (offset ${offset})`,
      {
        details: { offset, index: this.#frames },
      },
    );
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
