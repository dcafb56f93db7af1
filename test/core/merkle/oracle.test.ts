import { MerkleTree } from 'merkletreejs';
import { describe, expect, it } from 'vitest';
import { MerkleLayers, merkleRoot, verifyConsistency, verifyInclusion } from '../../../src/core/merkle/index.ts';
import { leavesOf, sha256, splitOf } from './support.ts';

const MAX = 200;
const hex = (nodes: readonly Uint8Array[]): string[] => nodes.map((node) => Buffer.from(node).toString('hex'));

/** merkletreejs in the one configuration that is RFC 9162: leaves already hashed, prefixed node hash, no options. */
function oracleOf(leaves: readonly Uint8Array[]): MerkleTree {
  const node = (pair: Buffer): Buffer => Buffer.from(sha256(Buffer.concat([Uint8Array.of(1), pair])));
  return new MerkleTree(
    leaves.map((leaf) => Buffer.from(leaf)),
    node,
  );
}

/** PROOF(m, D[n]) of RFC 6962 §2.1.2 as it is written there, each subtree looked up in the oracle's layers. */
function oracleConsistency(layers: readonly Buffer[][], m: number, n: number): Buffer[] {
  const subtree = (lo: number, hi: number): Buffer => {
    const level = Math.ceil(Math.log2(hi - lo));
    return layers[level]![lo / 2 ** level]!;
  };
  const subproof = (m: number, lo: number, hi: number, complete: boolean): Buffer[] => {
    if (m === hi - lo) return complete ? [] : [subtree(lo, hi)];
    const k = splitOf(hi - lo);
    return m <= k
      ? [...subproof(m, lo, lo + k, complete), subtree(lo + k, hi)]
      : [...subproof(m - k, lo + k, hi, false), subtree(lo, lo + k)];
  };
  return subproof(m, 0, n, true);
}

describe(`merkletreejs as an independent oracle, for all sizes up to ${MAX}`, () => {
  const all = leavesOf(MAX);
  const ours = (n: number): MerkleLayers => new MerkleLayers(sha256, Buffer.concat(all.slice(0, n)));

  it('has the same roots', () => {
    for (let n = 1; n <= MAX; n++) {
      const expected = oracleOf(all.slice(0, n)).getRoot().toString('hex');
      expect(hex([ours(n).root(), merkleRoot(sha256, all.slice(0, n))])).toEqual([expected, expected]);
    }
  });

  it('has the same inclusion proofs, and each verifies', () => {
    for (let n = 1; n <= MAX; n++) {
      const oracle = oracleOf(all.slice(0, n));
      const tree = ours(n);
      const root = tree.root();
      for (let index = 0; index < n; index++) {
        const leafHash = all[index]!;
        const proof = tree.inclusionProof(index);
        const expected = oracle.getProof(Buffer.from(leafHash), index).map((step) => step.data);
        expect(hex(proof)).toEqual(hex(expected));
        const claim = { index: BigInt(index), size: BigInt(n), leafHash, proof, root };
        expect(verifyInclusion(sha256, claim)).toBe(true);
      }
    }
  });

  it('has the same consistency proofs, and each verifies', () => {
    const roots = all.map((_, i) => merkleRoot(sha256, all.slice(0, i + 1)));
    for (let n = 1; n <= MAX; n++) {
      const layers = oracleOf(all.slice(0, n)).getLayers();
      const tree = ours(n);
      for (let m = 1; m <= n; m++) {
        const proof = tree.consistencyProof(m);
        expect(hex(proof)).toEqual(hex(oracleConsistency(layers, m, n)));
        const claim = { size1: BigInt(m), size2: BigInt(n), root1: roots[m - 1]!, root2: roots[n - 1]!, proof };
        expect(verifyConsistency(sha256, claim)).toBe(true);
      }
    }
  });
});
