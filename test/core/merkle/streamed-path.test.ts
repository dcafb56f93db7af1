import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/digest/index.ts';
import { leafHash, MerkleLayers, StreamedPath, verifyInclusion } from '../../../src/core/merkle/index.ts';

const leaf = (i: number): Uint8Array => leafHash(sha256, Uint8Array.of(i));

describe('StreamedPath', () => {
  it('is the inclusion proof of the whole tree, for every leaf of every tree up to 40 leaves', () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = Array.from({ length: size }, (_, i) => leaf(i));
      const tree = new MerkleLayers(sha256, new Uint8Array(Buffer.concat(leaves)));
      for (let index = 0; index < size; index++) {
        const path = new StreamedPath(sha256, index);
        for (const hash of leaves) path.push(hash);
        const proof = path.finish();
        expect(proof).toEqual(tree.inclusionProof(index));
        const claim = { index: BigInt(index), size: BigInt(size), leafHash: leaf(index), proof, root: tree.root() };
        expect(verifyInclusion(sha256, claim)).toBe(true);
      }
    }
  });

  it('copies what it is given', () => {
    const buffer = leaf(0).slice();
    const path = new StreamedPath(sha256, 1);
    path.push(buffer);
    buffer.fill(0);
    path.push(leaf(1));
    expect(path.finish()).toEqual([leaf(0)]);
  });

  it('refuses a position that the stream did not reach, and what is no position', () => {
    const path = new StreamedPath(sha256, 2);
    path.push(leaf(0));
    path.push(leaf(1));
    expect(() => path.finish()).toThrow(RangeError);
    expect(() => new StreamedPath(sha256, 0).finish()).toThrow(RangeError);
    for (const index of [-1, 0.5, Number.NaN, 2 ** 53])
      expect(() => new StreamedPath(sha256, index)).toThrow(RangeError);
  });

  it('refuses leaf hashes of another length', () => {
    expect(() => new StreamedPath(sha256, 0).push(new Uint8Array(31))).toThrow(RangeError);
  });
});
