import { describe, expect, it } from 'vitest';
import { MerkleLayers, merkleRoot } from '../../../src/core/merkle/index.ts';
import { leavesOf, sha256 } from './support.ts';

describe('MerkleLayers', () => {
  const tree = new MerkleLayers(sha256, Buffer.concat(leavesOf(5)));

  it('of no leaves has the root of the empty tree and nothing to prove', () => {
    const empty = new MerkleLayers(sha256, new Uint8Array(0));
    expect(empty.root()).toEqual(merkleRoot(sha256, []));
    expect(() => empty.inclusionProof(0)).toThrow(RangeError);
    expect(() => empty.consistencyProof(0)).toThrow(RangeError);
  });

  it.each([-1, 5, 0.5, Number.NaN, 2 ** 53])('refuses index %d of five leaves', (index) => {
    expect(() => tree.inclusionProof(index)).toThrow(RangeError);
  });

  it.each([-1, 0, 6, 2.5, Number.NaN])('refuses a prefix of %d of five leaves', (size1) => {
    expect(() => tree.consistencyProof(size1)).toThrow(RangeError);
  });

  it.each([1, 31, 33, 63])('refuses %i bytes as leaf hashes', (length) => {
    expect(() => new MerkleLayers(sha256, new Uint8Array(length))).toThrow(RangeError);
  });

  it('hands out copies', () => {
    const proof = tree.inclusionProof(2);
    const kept = proof.map((node) => node.slice());
    for (const node of [...proof, ...tree.consistencyProof(3), tree.root()]) node.fill(0);
    expect(tree.inclusionProof(2)).toEqual(kept);
    expect(tree.root()).toEqual(merkleRoot(sha256, leavesOf(5)));
  });
});
