import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECORD_TAG, SALTED_RECORD_TAG } from '../../../src/core/records/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { sha256 } from '../merkle/support.ts';
import { cut, newTree, rootOfRecords, treeOf } from './support.ts';

const text = (value: string): Uint8Array => Buffer.from(value);
const rootOf = (value: string): Uint8Array => treeOf('lf', [text(value)]).root;

describe('a log of lines', () => {
  it.each([
    ['nothing', '', []],
    ['one line', 'a\n', ['a\n']],
    ['a line without LF', 'a', ['a']],
    ['a last line without LF', 'a\nb', ['a\n', 'b']],
    ['an empty line', '\n', ['\n']],
    ['empty lines', '\n\na\n\n', ['\n', '\n', 'a\n', '\n']],
    ['CR as content', 'a\r\n\rb\r', ['a\r\n', '\rb\r']],
    ['NUL and invalid UTF-8 as content', '\0\n\ud800', ['\0\n', '\ud800']],
  ])('of %s has these records', (_, content, records) => {
    const { size, root, truncated } = treeOf('lf', [text(content)]);
    expect(size).toBe(records.length);
    expect(root).toEqual(rootOfRecords(records.map(text)));
    expect(truncated).toBe(false);
  });

  it('has the same tree wherever its chunks are cut', () => {
    const content = fc.stringMatching(/^[ab\r\n]*$/).map((value) => text(value));
    fc.assert(
      fc.property(content, fc.array(fc.nat(60), { maxLength: 12 }), (data, offsets) => {
        const chunks = cut(
          data,
          offsets.map((at) => Math.min(at, data.length)),
        );
        expect(treeOf('lf', chunks)).toEqual(treeOf('lf', [data]));
        expect(
          treeOf(
            'lf',
            cut(
              data,
              Array.from(data, (_, i) => i),
            ),
          ),
        ).toEqual(treeOf('lf', [data]));
      }),
    );
  });

  it('takes a record of 64 MiB without holding it', () => {
    const chunk = new Uint8Array(1 << 20).fill(0x61);
    const tree = newTree('lf');
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 64; i++) tree.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
    const expected = Buffer.alloc(64 << 20, 0x61);
    expect(tree.finish()).toEqual({ size: 1, root: rootOfRecords([expected]), truncated: false });
  });

  it('names each leaf hash and its position as the record ends', () => {
    const seen: [string, number][] = [];
    const tree = newTree('lf', (hash, index) => seen.push([Buffer.from(hash).toString('hex'), index]));
    tree.push(text('a\nb'));
    expect(seen).toHaveLength(1);
    tree.push(text('\nc'));
    tree.finish();
    const leaf = (record: string): string => Buffer.from(sha256(text(`\0stemma/record/v1\0${record}`))).toString('hex');
    expect(seen).toEqual([
      [leaf('a\n'), 0],
      [leaf('b\n'), 1],
      [leaf('c'), 2],
    ]);
  });

  it.each([
    ['the last line is there twice', 'a\nb\nb\n'],
    ['lines are swapped', 'b\na\n'],
    ['two lines are joined', 'ab\n'],
    ['the last LF is gone', 'a\nb'],
    ['an empty line is added', 'a\nb\n\n'],
    ['LF became CR LF', 'a\r\nb\n'],
    ['a line is missing', 'a\n'],
  ])('has another root when %s', (_, content) => {
    expect(rootOf(content)).not.toEqual(rootOf('a\nb\n'));
  });

  it('has another root than the same bytes hashed without the tag', () => {
    expect(rootOf('a\n')).not.toEqual(sha256(text('\0a\n')));
    expect(rootOf('a\n')).not.toEqual(sha256(text('stemma/record/v1\0a\n')));
  });
});

describe('the tags', () => {
  it('end in NUL and cannot be taken for one another', () => {
    expect(Buffer.from(RECORD_TAG).toString()).toBe('stemma/record/v1\0');
    expect(Buffer.from(SALTED_RECORD_TAG).toString()).toBe('stemma/salted-record/v1\0');
  });
});

interface Expected {
  readonly digestSet: { readonly stemmaLogTreeV1: string };
  readonly size: number;
}

describeVectors('trees', (dir) => {
  const all: Record<string, Expected> = JSON.parse(readFileSync(path.join(dir, 'expected.json'), 'utf8'));
  const logs = Object.entries(all).filter(([name]) => name.startsWith('logs/'));

  it('has four logs', () => {
    expect(logs).toHaveLength(4);
  });

  it.each(logs)('%s has the expected root and size', (name, { digestSet, size }) => {
    const result = treeOf('lf', [readFileSync(path.join(dir, name))]);
    expect(Buffer.from(result.root).toString('hex')).toBe(digestSet.stemmaLogTreeV1);
    expect(result.size).toBe(size);
  });
});
