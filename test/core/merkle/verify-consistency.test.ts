import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConsistencyClaim, MerkleLayers, merkleRoot, verifyConsistency } from '../../../src/core/merkle/index.ts';
import { flipBit, fourLeaves, leavesOf, nodeOf, sha256 } from './support.ts';

function consistencyOf(m: number, n: number): ConsistencyClaim {
  const leaves = leavesOf(n);
  const tree = new MerkleLayers(sha256, Buffer.concat(leaves));
  const root1 = merkleRoot(sha256, leaves.slice(0, m));
  return { size1: BigInt(m), size2: BigInt(n), root1, root2: tree.root(), proof: tree.consistencyProof(m) };
}

const consistent = (claim: ConsistencyClaim): boolean => verifyConsistency(sha256, claim);
const oldAndNew = fc
  .integer({ min: 2, max: 130 })
  .chain((n) => fc.tuple(fc.integer({ min: 1, max: n - 1 }), fc.constant(n)));

describe('verifyConsistency', () => {
  it('refuses every flipped bit of the roots and the proof', () => {
    fc.assert(
      fc.property(oldAndNew, fc.nat(255), fc.nat(), ([m, n], bit, pick) => {
        const claim = consistencyOf(m, n);
        expect(consistent(claim)).toBe(true);
        expect(consistent({ ...claim, root1: flipBit(claim.root1, bit) })).toBe(false);
        expect(consistent({ ...claim, root2: flipBit(claim.root2, bit) })).toBe(false);
        const i = pick % claim.proof.length;
        expect(consistent({ ...claim, proof: claim.proof.with(i, flipBit(claim.proof[i]!, bit)) })).toBe(false);
      }),
    );
  });

  it('refuses proofs one node longer or shorter, swapped roots and swapped sizes', () => {
    fc.assert(
      fc.property(oldAndNew, fc.nat(), ([m, n], pick) => {
        const claim = consistencyOf(m, n);
        const { proof, root1, root2, size1, size2 } = claim;
        const at = pick % proof.length;
        expect(consistent({ ...claim, proof: proof.toSpliced(at, 1) })).toBe(false);
        expect(consistent({ ...claim, proof: proof.toSpliced(at, 0, root1) })).toBe(false);
        expect(consistent({ ...claim, proof: [...proof, root2] })).toBe(false);
        expect(consistent({ ...claim, root1: root2, root2: root1 })).toBe(false);
        expect(consistent({ ...claim, size1: size2, size2: size1 })).toBe(false);
      }),
    );
  });

  it('refuses roots and sizes made to fit what the walk computes', () => {
    const { size1, size2, root1, root2, proof } = consistencyOf(3, 5);
    const [a, b, c] = fourLeaves();
    const above = { root1: nodeOf(a, root1), root2: nodeOf(a, root2), proof: [...proof, a] };
    expect(consistent({ size1, size2, ...above })).toBe(false);
    const shrunk = { root1: a, root2: nodeOf(nodeOf(a, b), c), proof: [a, b, c] };
    expect(consistent({ size1: 5n, size2: 3n, ...shrunk })).toBe(false);
    const wide = { root1: a, root2: nodeOf(a, b), proof: [b] };
    expect(consistent({ size1: 2n ** 62n, size2: 2n ** 63n, ...wide })).toBe(true);
    expect(consistent({ size1: 2n ** 63n, size2: 2n ** 64n, ...wide })).toBe(false);
  });

  it('refuses history that was rewritten', () => {
    const leaves = leavesOf(9);
    const forged = new MerkleLayers(sha256, Buffer.concat(leaves.with(3, leaves[4]!)));
    for (let m = 4; m < 9; m++) {
      const claim = { ...consistencyOf(m, 9), root2: forged.root(), proof: forged.consistencyProof(m) };
      expect(consistent(claim)).toBe(false);
    }
  });

  it.each([
    ['the empty tree as the old one', 0n, 5n],
    ['two empty trees', 0n, 0n],
    ['a negative size', -3n, 5n],
    ['a tree that shrank', 5n, 3n],
    ['a size beyond u64', 3n, 2n ** 64n],
  ])('refuses %s', (_, size1, size2) => {
    const claim = consistencyOf(3, 5);
    expect(consistent({ ...claim, size1, size2 })).toBe(false);
    expect(consistent({ size1, size2, root1: claim.root1, root2: claim.root1, proof: [] })).toBe(false);
  });

  it('refuses an empty proof between different sizes, and any proof between equal ones', () => {
    const { root1, root2, proof } = consistencyOf(3, 5);
    expect(consistent({ size1: 3n, size2: 5n, root1, root2: root1, proof: [] })).toBe(false);
    expect(consistent({ size1: 5n, size2: 5n, root1: root2, root2, proof: [] })).toBe(true);
    expect(consistent({ size1: 5n, size2: 5n, root1, root2, proof: [] })).toBe(false);
    expect(consistent({ size1: 5n, size2: 5n, root1: root2, root2, proof })).toBe(false);
  });

  it.each([0, 31, 33])('refuses a node or a root of %i bytes', (length) => {
    const other = new Uint8Array(length);
    for (const claim of [consistencyOf(3, 5), consistencyOf(4, 7)]) {
      expect(consistent({ ...claim, root1: other })).toBe(false);
      expect(consistent({ ...claim, root2: other })).toBe(false);
      for (let i = 0; i < claim.proof.length; i++) {
        expect(consistent({ ...claim, proof: claim.proof.with(i, other) })).toBe(false);
      }
    }
  });
});
