import { describe, expect, it } from 'vitest';
import { cut, newTree, rootOfRecords, treeOf } from './support.ts';

const SHORT = 8192;

describe('the complete records of a tree', () => {
  it('are none before the first record has ended', () => {
    const tree = newTree('lf');
    tree.push(Buffer.from('a'));
    expect(tree.complete).toEqual({ size: 0, root: rootOfRecords([]) });
  });

  it('do not hold the record that is still open, nor change when they are asked for', () => {
    const tree = newTree('lf');
    tree.push(Buffer.from('a\nb\nc'));
    const expected = { size: 2, root: rootOfRecords([Buffer.from('a\n'), Buffer.from('b\n')]) };
    expect(tree.complete).toEqual(expected);
    expect(tree.complete).toEqual(expected);
    expect(tree.size).toBe(2);
    tree.push(Buffer.from('\n'));
    expect(tree.complete.root).toEqual(rootOfRecords(['a\n', 'b\n', 'c\n'].map((line) => Buffer.from(line))));
  });

  it('are in bytes of their own', () => {
    const tree = newTree('lf');
    tree.push(Buffer.from('a\n'));
    tree.complete.root.fill(0);
    expect(tree.complete.root).toEqual(rootOfRecords([Buffer.from('a\n')]));
  });

  it('hold the last record once the stream has ended', () => {
    const tree = newTree('lf');
    tree.push(Buffer.from('a\nb'));
    const { size, root } = tree.finish();
    expect(tree.complete).toEqual({ size, root });
    expect(size).toBe(2);
  });

  it('include the record that `onLeaf` hears of', () => {
    const seen: [number, number][] = [];
    const tree = newTree('lf', (_, index) => seen.push([index, tree.size]));
    tree.push(Buffer.from('a\nb\nc'));
    tree.finish();
    expect(seen).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
  });

  it.each([SHORT - 1, SHORT, SHORT + 1, 3 * SHORT])(
    'are the same where a record of %d bytes is hashed in one call or not',
    (length) => {
      const record = Buffer.alloc(length, 0x61);
      record[length - 1] = 0x0a;
      const data = Buffer.concat([Buffer.from('x\n'), record, record]);
      const expected = rootOfRecords([Buffer.from('x\n'), record, record]);
      for (const offsets of [[], [1], [2], [3], [2 + length - 1], [2 + length], [2 + length + 1]]) {
        expect(treeOf('lf', cut(data, offsets)).root).toEqual(expected);
      }
    },
  );
});
