import { bigEndian64, concatBytes, encodeUtf8, equalBytes, joinBytes } from '../bytes/index.ts';
import { BLOCK_RECORDS, type RecordIndex } from './record-index.ts';

/** Begins a kept index, and has the version of its format. */
const TAG = encodeUtf8('stemma/record-index/v1\0');
const KEY_BYTES = 32;
const U64_BYTES = 8;
const HASH_BYTES = 32;

/**
 * A record index as it is kept in the cache: tag · 32-byte key of the file · u64 number of records · u64 start of each block ·
 * 32-byte root of each block. Integers are big-endian.
 */
export function encodeIndex(key: Uint8Array, { size, starts, nodes }: RecordIndex): Uint8Array {
  return concatBytes(TAG, key, bigEndian64(size), joinBytes(starts.map(bigEndian64)), nodes);
}

/**
 * The index, or undefined for bytes that are none, or one of another file: the cache is trusted with nothing.
 *
 * @param bytesOfFile size of the file that it must be an index of
 */
export function decodeIndex(bytes: Uint8Array, key: Uint8Array, bytesOfFile: number): RecordIndex | undefined {
  const head = TAG.length + KEY_BYTES + U64_BYTES;
  if (bytes.length < head || !equalBytes(bytes.subarray(0, head - U64_BYTES), concatBytes(TAG, key))) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = Number(view.getBigUint64(head - U64_BYTES));
  const blocks = Math.ceil(size / BLOCK_RECORDS);
  if (!Number.isSafeInteger(size) || bytes.length !== head + blocks * (U64_BYTES + HASH_BYTES)) return undefined;
  const starts: number[] = [];
  for (let i = 0; i < blocks; i++) {
    const start = Number(view.getBigUint64(head + i * U64_BYTES));
    // A record has at least one byte.
    if (start >= bytesOfFile || start <= (starts.at(-1) ?? -1)) return undefined;
    starts.push(start);
  }
  if (blocks > 0 && starts[0] !== 0) return undefined;
  return { size, starts, nodes: bytes.slice(head + blocks * U64_BYTES) };
}
