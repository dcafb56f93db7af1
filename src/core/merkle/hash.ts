import { concatBytes } from '../bytes/index.ts';

/**
 * SHA-256 of the bytes given: 32 bytes. Synchronous, and keeps no reference to its argument, whose buffer is reused.
 * It comes in as a parameter so that this folder runs in a browser as it does in Node.
 */
export type HashFunction = (data: Uint8Array) => Uint8Array;

export type NodeHashFunction = (left: Uint8Array, right: Uint8Array) => Uint8Array;

/** Length in bytes of a leaf hash, a node and a root. */
export const HASH_BYTES = 32;

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = 0x01;

/**
 * RFC 9162 §2.1.1: `SHA-256(0x00 · data)`. The prefix keeps an inner node from being passed off as a leaf.
 * Copies `data`; a record of any length goes through `RecordTree` instead.
 */
export function leafHash(hash: HashFunction, data: Uint8Array): Uint8Array {
  return hash(concatBytes(LEAF_PREFIX, data));
}

/** `0x01`, and room for two hashes: what RFC 9162 §2.1.1 hashes for a node. */
export function nodeInput(): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_BYTES);
  input[0] = NODE_PREFIX;
  return input;
}

/** RFC 9162 §2.1.1: `SHA-256(0x01 · left · right)` for 32-byte arguments, all calls sharing one 65-byte buffer. */
export function nodeHasher(hash: HashFunction): NodeHashFunction {
  const buffer = nodeInput();
  return (left, right) => {
    buffer.set(left, 1);
    buffer.set(right, 1 + HASH_BYTES);
    return hash(buffer);
  };
}
