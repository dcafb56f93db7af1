import { describe, expect, it } from 'vitest';
import { MerkleLayers, StreamedConsistency, verifyConsistency } from '../../../src/core/merkle/index.ts';
import { sha256 } from './support.ts';

const LEAVES = Array.from({ length: 40 }, (_, i) => Uint8Array.from(sha256(Uint8Array.of(i))));
const layersOf = (size: number): MerkleLayers =>
  new MerkleLayers(sha256, Uint8Array.from(Buffer.concat(LEAVES.slice(0, size))));

function streamed(size1: number, size2: number, count = size2): Uint8Array[] {
  const proof = new StreamedConsistency(sha256, size1, size2);
  for (const leaf of LEAVES.slice(0, count)) proof.push(leaf);
  return proof.finish();
}

describe('StreamedConsistency', () => {
  it('is the consistency proof of the whole tree, between all sizes up to 40, whatever comes after', () => {
    for (let size2 = 1; size2 <= 40; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const proof = streamed(size1, size2, 40);
        expect(proof).toEqual(layersOf(size2).consistencyProof(size1));
        const [root1, root2] = [layersOf(size1).root(), layersOf(size2).root()];
        const claim = { size1: BigInt(size1), size2: BigInt(size2), root1, root2, proof };
        expect([size1, size2, verifyConsistency(sha256, claim)]).toEqual([size1, size2, true]);
      }
    }
  });

  it.each([
    [0, 5],
    [6, 5],
    [1.5, 5],
    [-1, 5],
    [Number.NaN, 5],
  ])('refuses sizes %d and %d', (size1, size2) => {
    expect(() => streamed(size1, size2)).toThrow(RangeError);
  });

  it('gives no proof before it has seen all leaves', () => {
    expect(() => streamed(3, 7, 6)).toThrow(RangeError);
  });

  it('refuses a leaf that is no hash', () => {
    expect(() => new StreamedConsistency(sha256, 1, 2).push(new Uint8Array(31))).toThrow(RangeError);
    const proof = new StreamedConsistency(sha256, 1, 2);
    proof.push(LEAVES[0]!);
    expect(() => proof.push(new Uint8Array(31))).toThrow(RangeError);
  });
});
