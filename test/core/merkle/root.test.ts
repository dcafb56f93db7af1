import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactRange, leafHash, merkleRoot } from '../../../src/core/merkle/index.ts';
import { definedRoot, fourLeaves, leavesOf, nodeOf, sha256 } from './support.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the root of a stream of leaves', () => {
  it('of no leaves is the hash of nothing', () => {
    expect(hex(merkleRoot(sha256, []))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('of one leaf is that leaf', () => {
    const [leaf] = leavesOf(1);
    expect(merkleRoot(sha256, [leaf!])).toEqual(leaf);
  });

  it('follows the recursive definition of RFC 9162 for every size up to 300', () => {
    const range = new CompactRange(sha256);
    const leaves = leavesOf(300);
    for (const [n, leaf] of leaves.entries()) {
      range.push(leaf);
      expect(range.size).toBe(n + 1);
      expect(range.root()).toEqual(definedRoot(leaves.slice(0, n + 1)));
    }
  });

  it('is the same whether leaves come at once or in batches with roots taken between', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 8 }), (batches) => {
        const leaves = leavesOf(batches.reduce((sum, n) => sum + n, 0));
        const range = new CompactRange(sha256);
        let at = 0;
        for (const n of batches) {
          for (const leaf of leaves.slice(at, at + n)) range.push(leaf);
          at += n;
          expect(range.root()).toEqual(definedRoot(leaves.slice(0, at)));
        }
        expect(range.root()).toEqual(merkleRoot(sha256, leaves));
      }),
    );
  });

  it('does not change with what the caller does to its buffers', () => {
    const [a, b, c] = fourLeaves();
    const expected = definedRoot([a, b, c]);
    const range = new CompactRange(sha256);
    const buffer = new Uint8Array(32);
    for (const leaf of [a, b, c]) {
      buffer.set(leaf);
      range.push(buffer);
      range.root().fill(0);
    }
    buffer.fill(0);
    expect(range.root()).toEqual(expected);
  });

  it('puts the leaf prefix before leaf data', () => {
    expect(leafHash(sha256, Buffer.from('abc'))).toEqual(sha256(Buffer.from('\0abc')));
    expect(leafHash(sha256, Buffer.from('abc'))).not.toEqual(sha256(Buffer.from('abc')));
  });
});

describe('a tree that was tampered with has another root', () => {
  it('when the last leaf is there twice (CVE-2012-2459), for every size up to 64', () => {
    for (let n = 1; n <= 64; n++) {
      const leaves = leavesOf(n);
      expect(merkleRoot(sha256, [...leaves, leaves[n - 1]!])).not.toEqual(merkleRoot(sha256, leaves));
    }
  });

  it('when two leaves are replaced by their parent', () => {
    const [a, b, c] = fourLeaves();
    const parentAsData = leafHash(sha256, Buffer.concat([a, b]));
    expect(merkleRoot(sha256, [parentAsData, c])).not.toEqual(merkleRoot(sha256, [a, b, c]));
    // With the parent itself the roots are equal: a leaf hash is made by the verifier, never taken from the prover.
    expect(merkleRoot(sha256, [nodeOf(a, b), c])).toEqual(merkleRoot(sha256, [a, b, c]));
  });

  it('when leaves are swapped, dropped, added or changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(), (n, x, y) => {
        const leaves = leavesOf(n);
        const i = x % n;
        const j = (i + 1 + (y % (n - 1))) % n;
        const root = merkleRoot(sha256, leaves);
        const swapped = leaves.with(i, leaves[j]!).with(j, leaves[i]!);
        expect(merkleRoot(sha256, swapped)).not.toEqual(root);
        expect(merkleRoot(sha256, leaves.toSpliced(i, 1))).not.toEqual(root);
        expect(merkleRoot(sha256, leaves.toSpliced(i, 0, leaves[j]!))).not.toEqual(root);
        expect(merkleRoot(sha256, leaves.with(i, leaves[j]!))).not.toEqual(root);
      }),
    );
  });
});

describe('a leaf hash of another length', () => {
  it.each([0, 31, 33, 64])('is refused: %i bytes', (length) => {
    const range = new CompactRange(sha256);
    expect(() => range.push(new Uint8Array(length))).toThrow(RangeError);
    expect(range.size).toBe(0);
    expect(() => merkleRoot(sha256, [new Uint8Array(length)])).toThrow(RangeError);
  });
});
