import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest/index.ts';
import { leafHash, merkleRoot, verifyInclusion } from '../../src/core/merkle/index.ts';

describe('rows 33 to 38, which verify meets only through these functions (test/core/merkle has them in full)', () => {
  const data = Array.from({ length: 3 }, (_, index) => Uint8Array.of(index));
  const [a, b, c] = data.map((leaf) => leafHash(sha256, leaf)) as [Uint8Array, Uint8Array, Uint8Array];
  const root = merkleRoot(sha256, [a, b, c]);
  const claim = { index: 0n, size: 3n, leafHash: a, proof: [b, c], root };
  const inner = sha256(Buffer.concat([Uint8Array.of(1), a, b]));

  it('accepts the proof that the rows below spoil', () => {
    expect(verifyInclusion(sha256, claim)).toBe(true);
  });

  it.each([
    [33, 'an inner node as a leaf', { leafHash: inner, proof: [c] }],
    [
      33,
      'the 64 bytes below an inner node as leaf data',
      { size: 2n, leafHash: leafHash(sha256, Buffer.concat([a, b])), proof: [c] },
    ],
    [34, 'a proof that is too short', { proof: [b] }],
    [34, 'a proof that is too long', { proof: [b, c, c] }],
    [34, 'swapped siblings', { proof: [c, b] }],
    [34, 'the right proof for another index', { index: 1n }],
    [35, 'a node of 31 bytes', { proof: [b.subarray(1), c] }],
    [35, 'a node of 33 bytes', { proof: [Buffer.concat([b, Uint8Array.of(0)]), c] }],
    [35, 'an empty root', { root: new Uint8Array() }],
    [35, 'an empty leaf hash', { leafHash: new Uint8Array() }],
    [36, 'an index beyond the tree', { index: 3n }],
    [36, 'an empty tree', { size: 0n, proof: [] }],
    [36, 'a negative index', { index: -1n }],
    [36, 'a size beyond u64', { size: 2n ** 64n + 3n }],
  ])('row %i: refuses %s', (_row, _title, spoilt) => {
    expect(verifyInclusion(sha256, { ...claim, ...spoilt })).toBe(false);
  });

  it('row 37: gives the tree whose last leaf is doubled another root', () => {
    expect(merkleRoot(sha256, [a, b, c, c])).not.toEqual(root);
  });
});
