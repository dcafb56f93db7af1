import * as crypto from 'node:crypto';
import { type RecordKind, RecordTree, type RecordTreeResult } from '../../../src/core/records/index.ts';
import { definedRoot, sha256 } from '../merkle/support.ts';

export const newTree = (kind: RecordKind, onLeaf?: (leafHash: Uint8Array, index: number) => void): RecordTree =>
  new RecordTree(() => crypto.createHash('sha256'), sha256, kind, onLeaf);

/** The tree over the chunks, given through one buffer that is overwritten each time. */
export function treeOf(kind: RecordKind, chunks: readonly Uint8Array[]): RecordTreeResult {
  const tree = newTree(kind);
  const buffer = new Uint8Array(Math.max(0, ...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    buffer.fill(0xee);
    buffer.set(chunk);
    tree.push(buffer.subarray(0, chunk.length));
  }
  return tree.finish();
}

/** Design §3 read literally: the root over records that were cut by hand. */
export function rootOfRecords(records: readonly Uint8Array[]): Uint8Array {
  return definedRoot(records.map((record) => sha256(Buffer.concat([Buffer.from('\0stemma/record/v1\0'), record]))));
}

/** Cuts `data` at the given offsets, in any order and as often as they occur. */
export function cut(data: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const at = [0, ...offsets.toSorted((a, b) => a - b), data.length];
  return at.slice(1).map((end, i) => data.subarray(at[i], end));
}

/** A TFRecord frame as TensorFlow's RecordWriter lays it out. */
export function frame(data: Uint8Array, length: bigint = BigInt(data.length)): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length);
  return Buffer.concat([size, maskedCrc(size), data, maskedCrc(data)]);
}

/** CRC-32C bit by bit, highest power first on reflected bytes, so that it shares nothing with the table of the code. */
function maskedCrc(data: Uint8Array): Buffer {
  let crc = 0xffffffffn;
  for (const byte of data) {
    for (let bit = 0; bit < 8; bit++) {
      const feedback = ((crc >> 31n) & 1n) ^ BigInt((byte >> bit) & 1);
      crc = ((crc << 1n) & 0xffffffffn) ^ (feedback * 0x1edc6f41n);
    }
  }
  const reflected = reverseBits(crc ^ 0xffffffffn);
  const masked = (((reflected >> 15n) | (reflected << 17n)) & 0xffffffffn) + 0xa282ead8n;
  const out = Buffer.alloc(4);
  out.writeUInt32LE(Number(masked & 0xffffffffn));
  return out;
}

function reverseBits(value: bigint): bigint {
  let out = 0n;
  for (let bit = 0n; bit < 32n; bit++) out |= ((value >> bit) & 1n) << (31n - bit);
  return out;
}
