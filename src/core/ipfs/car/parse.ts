/** Reading the parts of a CAR. Hostile input: every length is capped before anything of that length is waited for. */
import type { CID } from 'multiformats/cid';
import { equalBytes } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import { MAX_BLOCK_BYTES } from '../block.ts';
import { CID_BYTES, decodeCid } from '../cid.ts';
import { AFTER_ROOTS } from './frames.ts';

/** Longest header that is read: room for three thousand roots. */
export const MAX_HEADER_BYTES: number = 128 * 1024;
/** Longest frame that is read: the largest block and its CID. */
export const MAX_FRAME_BYTES: number = MAX_BLOCK_BYTES + CID_BYTES;
/** A length within those limits has no more bytes than this. */
export const MAX_LENGTH_BYTES = 4;

const SHA2_256 = 0x12;
const CID_V0_BYTES = 34;

/**
 * The length at the start of a frame; undefined where the bytes end before it does. Only the shortest form is taken.
 *
 * @param at its offset in the CAR, for messages, as in all of these
 * @throws StemmaError CAR_INVALID, TOO_LARGE
 */
export function readLength(
  bytes: Uint8Array,
  at: number,
  max: number,
): { readonly value: number; readonly width: number } | undefined {
  let value = 0;
  for (let width = 1; width <= MAX_LENGTH_BYTES; width++) {
    const byte = bytes[width - 1];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) << (7 * (width - 1));
    if (byte >= 0x80) continue;
    if (byte === 0 && width > 1) throw carInvalid('a length is not written in its shortest form', at);
    if (value > max) break;
    return { value, width };
  }
  throw new StemmaError('TOO_LARGE', `a frame at byte ${at} of the CAR is longer than ${max} bytes`, {
    details: { offset: at },
  });
}

/**
 * The CID at the start of a frame: version 0 or 1, of a raw or dag-pb block, with SHA-256.
 *
 * @throws StemmaError CAR_INVALID
 */
export function readCid(frame: Uint8Array, at: number): CID {
  const length = frame[0] === SHA2_256 ? CID_V0_BYTES : CID_BYTES;
  return cidIn(frame.subarray(0, length), at);
}

/**
 * The roots in a header: DAG-CBOR of `{"roots": [CID …], "version": 1}`, in its one canonical form.
 *
 * @throws StemmaError CAR_INVALID
 */
export function readRoots(header: Uint8Array, at: number): readonly CID[] {
  const cursor = new HeaderCursor(header, at);
  cursor.expect(BEFORE_ROOTS, 'a map with "roots" and "version"');
  const roots: CID[] = [];
  for (let left = cursor.count(ARRAY, 'a list of roots'); left > 0; left--) {
    cursor.expect(LINK, 'a CID');
    const start = cursor.offset;
    const [zero, ...cid] = cursor.take(cursor.count(BYTE_STRING, 'the bytes of a CID'));
    if (zero !== 0) throw carInvalid('expected a zero byte before the CID of a root', start);
    roots.push(cidIn(Uint8Array.from(cid), start));
  }
  cursor.expect(AFTER_ROOTS, '"version": 1');
  if (cursor.offset !== at + header.length) throw carInvalid('expected the header to end', cursor.offset);
  return roots;
}

export function carInvalid(message: string, offset: number, cause?: unknown): StemmaError {
  return new StemmaError('CAR_INVALID', `${message} at byte ${offset} of the CAR`, { details: { offset }, cause });
}

function cidIn(bytes: Uint8Array, at: number): CID {
  try {
    return decodeCid(bytes);
  } catch (cause) {
    if (isStemmaError(cause)) throw carInvalid(cause.message, at, cause);
    throw cause;
  }
}

// DAG-CBOR: major types 2 and 4 in the upper three bits; {, "roots"; tag 42.
const BYTE_STRING = 0x40;
const ARRAY = 0x80;
const BEFORE_ROOTS = Uint8Array.of(0xa2, 0x65, 0x72, 0x6f, 0x6f, 0x74, 0x73);
const LINK = Uint8Array.of(0xd8, 0x2a);

class HeaderCursor {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  #at = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  get offset(): number {
    return this.#start + this.#at;
  }

  take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw carInvalid(`expected ${length} bytes more in the header`, this.offset);
    this.#at += length;
    return bytes;
  }

  expect(bytes: Uint8Array, what: string): void {
    const start = this.offset;
    if (!equalBytes(this.take(bytes.length), bytes)) throw carInvalid(`expected ${what} in the header`, start);
  }

  /** A count below 65,536, in its shortest form. */
  count(major: number, what: string): number {
    const start = this.offset;
    const [head = 0] = this.take(1);
    const short = head - major;
    if (short >= 0 && short < 24) return short;
    const width = short - 23;
    if (width !== 1 && width !== 2) throw carInvalid(`expected ${what} in the header`, start);
    const [high = 0, low] = this.take(width);
    const value = low === undefined ? high : high * 256 + low;
    if (value < (width === 1 ? 24 : 256)) throw carInvalid(`${what}: a count is not in its shortest form`, start);
    return value;
  }
}
