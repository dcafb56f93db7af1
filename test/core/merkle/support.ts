import * as crypto from 'node:crypto';

export const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(crypto.hash('sha256', data, 'buffer'));

export const nodeOf = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(Buffer.concat([Uint8Array.of(1), left, right]));

/** Leaf data `record 0`, `record 1`, …, hashed as RFC 9162 §2.1.1 says. */
export const leavesOf = (n: number): Uint8Array[] =>
  Array.from({ length: n }, (_, i) => sha256(Buffer.from(`\0record ${i}`)));

/** Four leaves by name. */
export function fourLeaves(): [Uint8Array, Uint8Array, Uint8Array, Uint8Array] {
  const [a, b, c, d] = leavesOf(4);
  return [a!, b!, c!, d!];
}

/** RFC 9162 §2.1.1 read literally: the definition of the root, by recursion. */
export function definedRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return leaves[0]!;
  const k = splitOf(leaves.length);
  return nodeOf(definedRoot(leaves.slice(0, k)), definedRoot(leaves.slice(k)));
}

/** Largest power of two below n. */
export function splitOf(n: number): number {
  return 2 ** Math.ceil(Math.log2(n) - 1);
}

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = Uint8Array.from(bytes);
  out[bit >> 3]! ^= 1 << (bit & 7);
  return out;
}
