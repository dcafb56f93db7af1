import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type InclusionClaim,
  leafHash,
  MerkleLayers,
  merkleRoot,
  verifyInclusion,
} from '../../../src/core/merkle/index.ts';
import { flipBit, fourLeaves, leavesOf, nodeOf, sha256 } from './support.ts';

function inclusionOf(n: number, index: number): InclusionClaim {
  const leaves = leavesOf(n);
  const tree = new MerkleLayers(sha256, Buffer.concat(leaves));
  const proof = tree.inclusionProof(index);
  return { index: BigInt(index), size: BigInt(n), leafHash: leaves[index]!, proof, root: tree.root() };
}

const included = (claim: InclusionClaim): boolean => verifyInclusion(sha256, claim);
const sizeAndIndex = fc.integer({ min: 1, max: 130 }).chain((n) => fc.tuple(fc.constant(n), fc.nat(n - 1)));

describe('verifyInclusion', () => {
  it('refuses every flipped bit of the leaf, the root and the siblings', () => {
    fc.assert(
      fc.property(sizeAndIndex, fc.nat(255), fc.nat(), ([n, index], bit, pick) => {
        const claim = inclusionOf(n, index);
        expect(included(claim)).toBe(true);
        expect(included({ ...claim, leafHash: flipBit(claim.leafHash, bit) })).toBe(false);
        expect(included({ ...claim, root: flipBit(claim.root, bit) })).toBe(false);
        if (claim.proof.length === 0) return;
        const i = pick % claim.proof.length;
        expect(included({ ...claim, proof: claim.proof.with(i, flipBit(claim.proof[i]!, bit)) })).toBe(false);
      }),
    );
  });

  it('refuses the right proof at any other index', () => {
    fc.assert(
      fc.property(sizeAndIndex, ([n, index]) => {
        const claim = inclusionOf(n, index);
        for (let other = 0; other < n; other++) {
          expect(included({ ...claim, index: BigInt(other) })).toBe(other === index);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a proof one sibling longer or shorter, and siblings in another order', () => {
    fc.assert(
      fc.property(sizeAndIndex, fc.nat(), ([n, index], pick) => {
        const claim = inclusionOf(n, index);
        const { proof } = claim;
        const at = pick % (proof.length + 1);
        expect(included({ ...claim, proof: proof.toSpliced(at, 0, claim.root) })).toBe(false);
        if (proof.length > 0) expect(included({ ...claim, proof: proof.toSpliced(at % proof.length, 1) })).toBe(false);
        if (proof.length > 1) expect(included({ ...claim, proof: proof.toReversed() })).toBe(false);
      }),
    );
  });

  it('refuses an inner node as a leaf of the tree', () => {
    const [a, b, c, d] = fourLeaves();
    const root = merkleRoot(sha256, [a, b, c, d]);
    for (const index of [0n, 1n, 2n, 3n]) {
      expect(included({ index, size: 4n, leafHash: nodeOf(a, b), proof: [nodeOf(c, d)], root })).toBe(false);
    }
  });

  it('refuses the 64 bytes below an inner node as leaf data, whatever size is claimed', () => {
    const [a, b, c, d] = fourLeaves();
    const root = merkleRoot(sha256, [a, b, c, d]);
    const leaf = leafHash(sha256, Buffer.concat([a, b]));
    for (const size of [1n, 2n, 3n, 4n]) {
      expect(included({ index: 0n, size, leafHash: leaf, proof: [nodeOf(c, d)], root })).toBe(false);
    }
  });

  it.each([0, 31, 33, 64])('refuses a leaf hash, root or sibling of %i bytes', (length) => {
    const claim = inclusionOf(5, 2);
    const other = new Uint8Array(length);
    expect(included({ ...claim, leafHash: other })).toBe(false);
    expect(included({ ...claim, root: other })).toBe(false);
    for (let i = 0; i < claim.proof.length; i++) {
      expect(included({ ...claim, proof: claim.proof.with(i, other) })).toBe(false);
    }
    expect(included({ index: 0n, size: 1n, leafHash: other, root: other, proof: [] })).toBe(false);
  });

  it('refuses bytes moved from one sibling into the next', () => {
    const claim = inclusionOf(5, 2);
    const all = Buffer.concat(claim.proof);
    for (let first = 0; first <= 64; first++) {
      const moved = [all.subarray(0, first), all.subarray(first, 64), ...claim.proof.slice(2)];
      expect(included({ ...claim, proof: moved })).toBe(first === 32);
    }
  });

  it.each([
    ['a negative index', -1n, 5n],
    ['an index equal to the size', 5n, 5n],
    ['an index beyond the size', 7n, 5n],
    ['an empty tree', 0n, 0n],
    ['a negative size', 0n, -5n],
    ['a size beyond u64', 2n, 2n ** 64n],
    ['an index that equals a good one modulo 2^64', 2n + 2n ** 64n, 5n + 2n ** 64n],
    ['an index that equals a good one modulo 2^32', 2n + 2n ** 32n, 5n + 2n ** 32n],
  ])('refuses %s', (_, index, size) => {
    expect(included({ ...inclusionOf(5, 2), index, size })).toBe(false);
  });

  it('refuses a negative index that has the bits of a good one', () => {
    const claim = inclusionOf(8, 7);
    expect(included(claim)).toBe(true);
    expect(included({ ...claim, index: -1n })).toBe(false);
  });

  it('refuses a size beyond u64 even where the proof folds to the root', () => {
    const siblings = leavesOf(65);
    const leafHash = siblings[64]!;
    for (const [size, expected] of [
      [2n ** 64n - 1n, true],
      [2n ** 64n, false],
      [2n ** 64n + 1n, false],
    ] as const) {
      const { root, used } = foldByDefinition(leafHash, 5n, size, siblings);
      expect(included({ index: 5n, size, leafHash, proof: siblings.slice(0, used), root })).toBe(expected);
    }
  });

  it('refuses a short leaf hash even where filling it up with zeros gives the root', () => {
    const [sibling] = leavesOf(1);
    const leafHash = new Uint8Array(31).fill(7);
    const root = nodeOf(Buffer.concat([leafHash, Uint8Array.of(0)]), sibling!);
    expect(included({ index: 0n, size: 2n, leafHash, proof: [sibling!], root })).toBe(false);
  });

  it('needs the tree size from a trusted place, for a proof alone does not bind it', () => {
    const claim = inclusionOf(4, 0);
    expect(included({ ...claim, size: 3n })).toBe(true);
    expect(included({ ...claim, size: 5n })).toBe(false);
  });

  it('ends at once on a proof of a million siblings', () => {
    const claim = inclusionOf(5, 2);
    const proof = Array.from({ length: 1_000_000 }, () => claim.root);
    let calls = 0;
    const counting = (data: Uint8Array): Uint8Array => {
      calls++;
      return sha256(data);
    };
    expect(verifyInclusion(counting, { ...claim, proof })).toBe(false);
    expect(calls).toBeLessThan(65);
  });

  it('follows the recursive definition for positions up to 2^64-2', () => {
    const u64 = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
    const claimed = u64.chain((size) => fc.tuple(fc.constant(size), fc.bigInt({ min: 0n, max: size - 1n })));
    fc.assert(
      fc.property(claimed, fc.nat(63), ([size, index], pick) => {
        const siblings = leavesOf(64);
        const leaf = leafHash(sha256, Buffer.from('leaf'));
        const { root, used } = foldByDefinition(leaf, index, size, siblings);
        const proof = siblings.slice(0, used);
        expect(included({ index, size, leafHash: leaf, proof, root })).toBe(true);
        const other = index ^ (1n << BigInt(pick));
        if (other < size) expect(included({ index: other, size, leafHash: leaf, proof, root })).toBe(false);
      }),
    );
  });
});

/** The root by RFC 9162 §2.1.3.1 read from the top: split, go down to the leaf, and hash on the way back. */
function foldByDefinition(
  leaf: Uint8Array,
  index: bigint,
  size: bigint,
  siblings: readonly Uint8Array[],
): { root: Uint8Array; used: number } {
  if (size === 1n) return { root: leaf, used: 0 };
  const split = 1n << BigInt((size - 1n).toString(2).length - 1);
  const left = index < split;
  const inner = left
    ? foldByDefinition(leaf, index, split, siblings)
    : foldByDefinition(leaf, index - split, size - split, siblings);
  const sibling = siblings[inner.used]!;
  return { root: left ? nodeOf(inner.root, sibling) : nodeOf(sibling, inner.root), used: inner.used + 1 };
}
