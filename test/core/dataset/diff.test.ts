import { createHash } from 'node:crypto';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DatasetDifference, diffDatasets } from '../../../src/core/dataset/index.ts';
import { RecordCounts } from '../../../src/core/dataset/record-counts.ts';
import { type Files, modelOf, tempDir, writeFiles } from '../model/support.ts';
import { errorOf } from './support.ts';

const diff = (a: Files, b: Files, recordsPerPass?: number): Promise<DatasetDifference> =>
  diffDatasets(modelOf(a), modelOf(b), { ignore: [], ...(recordsPerPass === undefined ? {} : { recordsPerPass }) });

describe('the difference of two datasets', () => {
  it('is none where every file is the same', async () => {
    const files = { 'a.txt': '1\n2\n', b: '3' };
    expect(await diff(files, files)).toEqual({
      same: true,
      files: [],
      records: { before: 2, after: 2, added: 0, removed: 0, addedAt: [], removedAt: [] },
    });
  });

  it('names files and the lines of records that were added and removed', async () => {
    const { same, files, records } = await diff(
      { 'a.txt': '1\n2\n3\n', 'gone.csv': 'x\n', LICENSE: 'a', kept: 'k' },
      { 'a.txt': '1\n4\n3\n5\n', 'new.jsonl': '6\n', LICENSE: 'b', kept: 'k' },
    );
    expect(same).toBe(false);
    expect(files).toEqual([
      { path: 'LICENSE', change: 'changed' },
      { path: 'a.txt', change: 'changed', recordsBefore: 3, recordsAfter: 4 },
      { path: 'gone.csv', change: 'removed', recordsBefore: 1 },
      { path: 'new.jsonl', change: 'added', recordsAfter: 1 },
    ]);
    expect(records).toEqual({
      before: 4,
      after: 5,
      added: 3,
      removed: 2,
      addedAt: [
        { path: 'a.txt', line: 2 },
        { path: 'a.txt', line: 4 },
        { path: 'new.jsonl', line: 1 },
      ],
      removedAt: [
        { path: 'a.txt', line: 2 },
        { path: 'gone.csv', line: 1 },
      ],
    });
  });

  it('has no records where they only moved', async () => {
    const { files, records } = await diff({ 'a.txt': '1\n2\n3\n' }, { 'a.txt': '3\n', 'b.csv': '2\n1\n' });
    expect(files).toHaveLength(2);
    expect(records).toMatchObject({ added: 0, removed: 0 });
  });

  it('counts equal records as often as they are there', async () => {
    const { records } = await diff({ 'a.txt': 'x\nx\nx\n' }, { 'a.txt': 'x\ny\n' });
    expect(records).toMatchObject({ added: 1, removed: 2, addedAt: [{ path: 'a.txt', line: 2 }] });
  });

  it('takes CR, and a last LF that is missing, as content', async () => {
    expect((await diff({ 'a.txt': 'x\n' }, { 'a.txt': 'x\r\n' })).records).toMatchObject({ added: 1, removed: 1 });
    expect((await diff({ 'a.txt': 'x\n' }, { 'a.txt': 'x' })).records).toMatchObject({ added: 1, removed: 1 });
  });

  it('of two files does not ask for their names', async () => {
    const dir = writeFiles(tempDir(), { 'a.csv': '1\n', 'b.txt': '1\n', 'c.txt': '1\n2\n' });
    const compare = (a: string, b: string): Promise<DatasetDifference> =>
      diffDatasets(path.join(dir, a), path.join(dir, b), { ignore: [] });
    expect((await compare('a.csv', 'b.txt')).same).toBe(true);
    expect((await compare('a.csv', 'c.txt')).records.addedAt).toEqual([{ path: '', line: 2 }]);
  });

  it('leaves out side files and what is ignored', async () => {
    const [a, b] = [
      modelOf({ 'x.txt': '1\n' }),
      modelOf({ 'x.txt': '1\n', 'model.attestations.jsonl': '{}', 'tmp/y': '' }),
    ];
    expect((await diffDatasets(a, b, { ignore: ['tmp'] })).same).toBe(true);
    expect((await diffDatasets(a, b, { ignore: [] })).files).toMatchObject([{ path: 'tmp/y', change: 'added' }]);
  });

  it('is the same however many passes it takes', async () => {
    const line = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
    const side = fc.dictionary(fc.constantFrom('x.txt', 'y.csv', 'z.bin'), fc.array(line, { maxLength: 12 }), {
      minKeys: 1,
    });
    const written = (files: Record<string, string[]>): Files =>
      Object.fromEntries(Object.entries(files).map(([name, lines]) => [name, lines.map((l) => `${l}\n`).join('')]));
    await fc.assert(
      fc.asyncProperty(side, side, async (a, b) => {
        const { addedAt, removedAt, ...once } = (await diff(written(a), written(b))).records;
        const many = (await diff(written(a), written(b), 3)).records;
        expect(many).toMatchObject(once);
        expect([many.addedAt.length, many.removedAt.length]).toEqual([addedAt.length, removedAt.length]);
        const all = (files: Record<string, string[]>): string[] =>
          ['x.txt', 'y.csv'].flatMap((name) => files[name] ?? []);
        const left = all(b);
        for (const record of all(a)) if (left.includes(record)) left.splice(left.indexOf(record), 1);
        expect(once.added).toBe(left.length);
      }),
      { numRuns: 25 },
    );
  });

  it('shows the first hundred lines of each', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => `${i}\n`).join('');
    const { records } = await diff({ 'a.txt': '' }, { 'a.txt': lines }, 64);
    expect(records.added).toBe(1000);
    expect(records.addedAt.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it('is not taken of what is not there, or empty', async () => {
    const dir = modelOf({ a: '1' });
    expect((await errorOf(diffDatasets(dir, path.join(tempDir(), 'x'), { ignore: [] }))).code).toBe('PATH_NOT_FOUND');
    expect((await errorOf(diffDatasets(modelOf({ 'model.sig': '' }), dir, { ignore: [] }))).code).toBe('MODEL_EMPTY');
    expect((await errorOf(diffDatasets(dir, dir, { ignore: ['../x'] }))).code).toBe('USAGE');
    const aborted = diffDatasets(dir, dir, { ignore: [], signal: AbortSignal.abort() });
    expect((await errorOf(aborted)).code).toBe('INTERRUPTED');
  });
});

describe('the counts of records', () => {
  const hashOf = (i: number): Uint8Array => createHash('sha256').update(String(i)).digest();

  it('are kept for any number of them', () => {
    const counts = new RecordCounts();
    for (let i = 0; i < 5000; i++) for (let n = 0; n <= i % 3; n++) counts.add(hashOf(i), i % 2 === 0 ? 1 : -1);
    for (let i = 0; i < 5000; i++) expect(counts.add(hashOf(i), 0)).toBe(((i % 3) + 1) * (i % 2 === 0 ? 1 : -1));
    expect(counts.totals()).toEqual({ above: 4999, below: 5000 });
  });

  it('are told apart where somebody picked hashes that begin alike', () => {
    const counts = new RecordCounts();
    const alike = (i: number): Uint8Array => Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0, 0, 0, i >> 8, i & 255, 0, 0, 0, 0);
    for (let i = 0; i < 2000; i++) counts.add(alike(i), 1);
    for (let i = 0; i < 2000; i++) expect(counts.add(alike(i), 0)).toBe(1);
  });
});
