import { equalBytes } from '../../bytes/index.ts';
import { carInvalid } from './parse.ts';

/** A CARv2 begins like a CARv1 whose header is `{"version": 2}`. */
const PRAGMA = Uint8Array.of(0x0a, 0xa1, 0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x02);
export const PRAGMA_BYTES: number = PRAGMA.length;
/** Characteristics (16 bytes), then three integers of 64 bits, little-endian. */
export const VERSION_2_BYTES = 40;

export interface Version2 {
  /** From the start of the file. */
  readonly dataOffset: number;
  readonly dataSize: number;
  /** From the start of the file; 0 where there is none. */
  readonly indexOffset: number;
}

export function isPragma(bytes: Uint8Array): boolean {
  return equalBytes(bytes, PRAGMA);
}

/**
 * The header of a CARv2: where in the file the CARv1 is.
 *
 * @param at its offset
 * @throws StemmaError CAR_INVALID for places that overlap or do not exist
 */
export function readVersion2(header: Uint8Array, at: number): Version2 {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const place = (from: number): number => {
    const value = view.getBigUint64(from, true);
    if (value > Number.MAX_SAFE_INTEGER) throw carInvalid('a place lies beyond any file', at + from);
    return Number(value);
  };
  const found = { dataOffset: place(16), dataSize: place(24), indexOffset: place(32) };
  const end = found.dataOffset + found.dataSize;
  if (found.dataOffset < at + VERSION_2_BYTES) throw carInvalid('the blocks begin within the header', at + 16);
  if (found.dataSize === 0) throw carInvalid('the blocks have no byte', at + 24);
  if (found.indexOffset !== 0 && found.indexOffset < end)
    throw carInvalid('the index begins among the blocks', at + 32);
  return found;
}
