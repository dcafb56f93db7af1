import { describe, expect, it } from 'vitest';
import { CompactRange, merkleRoot, SubtreeRange } from '../../../src/core/merkle/index.ts';
import { sha256 } from './support.ts';

const LEAVES = Array.from({ length: 40 }, (_, i) => sha256(Uint8Array.of(i)));

function subtreesOf(from: number, to: number): SubtreeRange {
  const range = new SubtreeRange(sha256, from);
  for (const leaf of LEAVES.slice(from, to)) range.push(leaf);
  return range;
}

describe('consecutive leaves that begin anywhere', () => {
  it('appended to those before them give the root over all, wherever both are cut', () => {
    for (let to = 0; to <= LEAVES.length; to++) {
      const expected = merkleRoot(sha256, LEAVES.slice(0, to));
      for (let cut = 0; cut <= to; cut++) {
        const range = new CompactRange(sha256);
        for (const leaf of LEAVES.slice(0, cut)) range.push(leaf);
        for (const subtree of subtreesOf(cut, to).subtrees) range.append(subtree);
        expect([to, cut, range.size, range.root()]).toEqual([to, cut, to, expected]);
      }
    }
  });

  it('take leaves again afterwards', () => {
    const range = new CompactRange(sha256);
    for (const subtree of subtreesOf(0, 8).subtrees) range.append(subtree);
    for (const leaf of LEAVES.slice(8, 13)) range.push(leaf);
    for (const subtree of subtreesOf(13, 40).subtrees) range.append(subtree);
    expect(range.root()).toEqual(merkleRoot(sha256, LEAVES));
  });

  it('are as few subtrees as can be', () => {
    const levels = (from: number, to: number): number[] => subtreesOf(from, to).subtrees.map(({ level }) => level);
    expect(levels(0, 32)).toEqual([5]);
    expect(levels(5, 24)).toEqual([0, 1, 3, 3]);
    expect(levels(1, 8)).toEqual([0, 1, 2]);
    expect(levels(7, 7)).toEqual([]);
  });

  it('are refused where they would not begin', () => {
    const range = new CompactRange(sha256);
    for (const leaf of LEAVES.slice(0, 6)) range.push(leaf);
    expect(() => range.append({ level: 2, root: LEAVES[0]! })).toThrow(RangeError);
    range.append({ level: 1, root: LEAVES[0]! });
    expect(range.size).toBe(8);
  });

  it('beyond 2^32', () => {
    const first = 2 ** 40 + 1;
    const range = new SubtreeRange(sha256, first);
    for (const leaf of LEAVES.slice(0, 3)) range.push(leaf);
    expect(range.subtrees.map(({ level }) => level)).toEqual([0, 1]);
  });
});
