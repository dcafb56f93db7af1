import { equalBytes } from '../bytes/index.ts';
import { HASH_BYTES, type HashFunction, nodeHasher } from './hash.ts';

/** Positions and sizes are u64 on the wire; a larger one is nobody's tree. */
const MAX_SIZE = 0xffff_ffff_ffff_ffffn;

export interface InclusionClaim {
  /** Position of the leaf, counted from 0. */
  readonly index: bigint;
  /** Tree size that goes with `root`: must come from where the root comes from, for the proof alone does not bind it. */
  readonly size: bigint;
  /** Hash of the leaf, made by the verifier from the leaf's data: one taken from the prover could be an inner node. */
  readonly leafHash: Uint8Array;
  /** Siblings, lowest first. */
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export interface ConsistencyClaim {
  readonly size1: bigint;
  readonly size2: bigint;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * RFC 9162 §2.1.3.2: whether the leaf stands at `index` in the tree of `size` leaves under `root`. Hostile input is simply
 * not included: a position outside the tree, a hash or sibling that is not 32 bytes, a proof too short or too long.
 */
export function verifyInclusion(hash: HashFunction, claim: InclusionClaim): boolean {
  const { index, size, proof, root } = claim;
  if (index < 0n || index >= size || size > MAX_SIZE) return false;
  // Not in the RFC: without it an empty leaf hash would "be" the empty root of a one-leaf tree.
  if (!allAreHashes([claim.leafHash, ...proof])) return false;
  const nodeHash = nodeHasher(hash);
  let position = index;
  let last = size - 1n;
  let node = claim.leafHash;
  for (const sibling of proof) {
    if (last === 0n) return false;
    if (isOdd(position) || position === last) {
      node = nodeHash(sibling, node);
      // The last node of an odd layer has no sibling there and moves up as it is.
      while (!isOdd(position) && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      node = nodeHash(node, sibling);
    }
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equalBytes(node, root);
}

/**
 * RFC 9162 §2.1.4.2: whether the tree of `size1` leaves under `root1` is a prefix of the tree of `size2` leaves under `root2`.
 * Sizes of 0 or out of order, siblings that are not 32 bytes and proofs of the wrong length are not consistent. Two equal
 * sizes need equal roots and an empty proof; the length of those roots is for the parser of the checkpoint to check.
 */
export function verifyConsistency(hash: HashFunction, claim: ConsistencyClaim): boolean {
  const { size1, size2, root1, root2, proof } = claim;
  // Not in the RFC: every tree begins with the empty one, so accepting size 0 would say nothing while looking like a check.
  if (size1 < 1n || size1 > size2 || size2 > MAX_SIZE) return false;
  if (size1 === size2) return proof.length === 0 && equalBytes(root1, root2);
  const [seed, ...siblings] = isPowerOfTwo(size1) ? [root1, ...proof] : proof;
  if (seed === undefined || !allAreHashes([seed, ...siblings])) return false;
  const nodeHash = nodeHasher(hash);
  let position = size1 - 1n;
  let last = size2 - 1n;
  while (isOdd(position)) {
    position >>= 1n;
    last >>= 1n;
  }
  let old = seed;
  let current = seed;
  for (const sibling of siblings) {
    if (last === 0n) return false;
    if (isOdd(position) || position === last) {
      old = nodeHash(sibling, old);
      current = nodeHash(sibling, current);
      while (!isOdd(position) && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      current = nodeHash(current, sibling);
    }
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equalBytes(old, root1) && equalBytes(current, root2);
}

function allAreHashes(nodes: readonly Uint8Array[]): boolean {
  return nodes.every((node) => node.length === HASH_BYTES);
}

function isOdd(n: bigint): boolean {
  return (n & 1n) === 1n;
}

function isPowerOfTwo(n: bigint): boolean {
  return (n & (n - 1n)) === 0n;
}
