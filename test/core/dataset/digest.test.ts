import * as crypto from 'node:crypto';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestDataset, digestSalted, listDataset } from '../../../src/core/dataset/index.ts';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { definedRoot, sha256 } from '../merkle/support.ts';
import { modelOf, tempDir, writeFiles } from '../model/support.ts';
import { errorOf, plainTrees, SECRET, saltedTrees } from './support.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const FILES = { 'a.jsonl': '{"x":1}\n{"x":2}\n', 'b/c.csv': 'x,y\r\n1,2', 'b/d.bin': '\0\n\0', 'e.txt': '' };

const u64 = (value: number): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
};
const hkdf = (secret: Uint8Array, info: Uint8Array, length: number): Buffer =>
  Buffer.from(crypto.hkdfSync('sha256', secret, '', info, length));

/** Design §3 read literally. */
function definedSalted(files: readonly (readonly [string, readonly string[]])[], master = SECRET): string {
  const tag = Buffer.from('stemma/salted-record/v1\0');
  const leaves = files.map(([name, records]) => {
    const secret = hkdf(master, Buffer.from(name), 32);
    const salted = records.map((record, index) => {
      const salt = hkdf(secret, Buffer.concat([tag, u64(index)]), 16);
      return sha256(Buffer.concat([Buffer.of(0), tag, salt, Buffer.from(record)]));
    });
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(name));
    const root = definedRoot(salted);
    return sha256(
      Buffer.concat([Buffer.from('\0stemma/salted-file/v1\0'), length, Buffer.from(name), u64(records.length), root]),
    );
  });
  return hex(definedRoot(leaves));
}

describe('the trees of a dataset', () => {
  it('are the file tree, and the log tree of each record file', async () => {
    const dir = modelOf(FILES);
    const { files, bytes, recordTrees, fileTree } = await plainTrees(dir);
    expect({ files, bytes, size: fileTree.size }).toEqual({ files: 4, bytes: 27, size: 4 });
    expect(recordTrees?.map(({ path, size }) => [path, size])).toEqual([
      ['a.jsonl', 2],
      ['b/c.csv', 2],
      ['e.txt', 0],
    ]);
    const log = await digestLog(path.join(dir, 'a.jsonl'), {});
    expect(recordTrees?.[0]?.root).toBe(log.digests['stemmaLogTreeV1']);
  });

  it('are those of files alone where records are not asked for', async () => {
    const { set } = await listDataset(modelOf(FILES), { ignored: [] });
    const files = await digestDataset(set, { records: false });
    expect(files.recordTrees).toBe(undefined);
    expect(files.digests).toEqual((await digestDataset(set, { records: true })).digests);
  });

  it('know a record file by the exact ending of its name', async () => {
    const dir = modelOf({ 'a.JSONL': 'x\n', 'b.json': 'x\n', 'c.jsonl.gz': 'x\n', 'd.ndjson': 'x\n', 'e.tsv': 'x\n' });
    expect((await plainTrees(dir)).recordTrees?.map(({ path }) => path)).toEqual(['d.ndjson', 'e.tsv']);
  });

  it('of a single file do not depend on its name', async () => {
    const dir = writeFiles(tempDir(), { 'x.csv': 'a\nb\n' });
    const before = await plainTrees(path.join(dir, 'x.csv'));
    renameSync(path.join(dir, 'x.csv'), path.join(dir, 'y.csv'));
    expect(await plainTrees(path.join(dir, 'y.csv'))).toEqual(before);
    expect(before.recordTrees?.[0]).toMatchObject({ path: '', size: 2 });
    expect(before.digests['sha256']).toBe(hex(sha256(Buffer.from('a\nb\n'))));
  });

  it('are cut anywhere without a difference', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const { recordTrees } = await plainTrees(modelOf({ 'big.txt': line.repeat(10_000) }));
    expect(recordTrees?.[0]).toMatchObject({ size: 10_000 });
  });

  it.each([
    ['a byte', { ...FILES, 'a.jsonl': '{"x":1}\n{"x":3}\n' }],
    ['the order of records', { ...FILES, 'a.jsonl': '{"x":2}\n{"x":1}\n' }],
    ['a name', { 'z.jsonl': FILES['a.jsonl'], 'b/c.csv': FILES['b/c.csv'], 'b/d.bin': FILES['b/d.bin'], 'e.txt': '' }],
    ['another file', { ...FILES, 'f.txt': '' }],
  ])('differ by %s', async (_, other) => {
    expect((await plainTrees(modelOf(other))).digests).not.toEqual((await plainTrees(modelOf(FILES))).digests);
  });

  it('are not made of a folder without files, or of what is ignored', async () => {
    const empty = path.join(tempDir(), 'empty');
    mkdirSync(empty);
    expect((await errorOf(listDataset(empty, { ignored: [] }))).code).toBe('MODEL_EMPTY');
    expect((await errorOf(listDataset(modelOf({ a: '1' }), { ignored: ['a'] }))).code).toBe('MODEL_EMPTY');
  });

  it('are not made through a symbolic link', async () => {
    const dir = modelOf(FILES);
    symlinkSync('/etc/hostname', path.join(dir, 'link.txt'));
    const { code, hint } = await errorOf(listDataset(dir, { ignored: [] }));
    expect([code, hint]).toEqual([
      'SYMLINK_REFUSED',
      'put a copy of the file in its place: in a dataset no link is followed',
    ]);
  });

  it.each(['a.jsonl', 'b/d.bin'])('are not made of %s where it changed since it was listed', async (name) => {
    const dir = modelOf(FILES);
    const { set } = await listDataset(dir, { ignored: [] });
    writeFileSync(path.join(dir, name), 'another length');
    expect((await errorOf(digestDataset(set, { records: true }))).code).toBe('FILE_CHANGED');
    expect((await errorOf(digestSalted(set, { secret: SECRET }))).code).toBe('FILE_CHANGED');
  });

  it('are not made after an interrupt', async () => {
    const { set } = await listDataset(modelOf({ 'big.txt': 'x'.repeat(17 << 20) }), { ignored: [] });
    const { signal } = { signal: AbortSignal.abort() };
    expect((await errorOf(digestDataset(set, { records: true, signal }))).code).toBe('INTERRUPTED');
    expect((await errorOf(digestSalted(set, { secret: SECRET, signal }))).code).toBe('INTERRUPTED');
  });
});

describe('the tree of a salted dataset', () => {
  const RECORDS = [
    ['a.jsonl', ['{"x":1}\n', '{"x":2}\n']],
    ['b/c.csv', ['x,y\r\n', '1,2']],
    ['b/d.bin', ['\0\n\0']],
    ['e.txt', []],
  ] as const;

  it('is that of design §3', async () => {
    const { saltedTree, files, records, recordFiles, digests } = await saltedTrees(modelOf(FILES));
    expect({ files, records, recordFiles }).toEqual({ files: 4, records: 5, recordFiles: 3 });
    expect(saltedTree).toEqual({ hash: 'sha256', size: 4, root: definedSalted(RECORDS) });
    expect(digests).toEqual({ stemmaSaltedTreeV1: saltedTree.root });
  });

  it('takes a file without records as one record, also an empty one', async () => {
    const { saltedTree, records } = await saltedTrees(modelOf({ LICENSE: '' }));
    expect([saltedTree.root, records]).toEqual([definedSalted([['LICENSE', ['']]]), 1]);
  });

  it('of a single file has the empty path', async () => {
    const dir = writeFiles(tempDir(), { 'x.txt': 'a\nb' });
    const { saltedTree } = await saltedTrees(path.join(dir, 'x.txt'));
    expect(saltedTree.root).toBe(definedSalted([['', ['a\n', 'b']]]));
  });

  it('differs by the secret and by every record', async () => {
    const dir = modelOf(FILES);
    const roots = [
      await saltedTrees(dir),
      await saltedTrees(dir, SECRET.toReversed()),
      await saltedTrees(modelOf({ ...FILES, 'e.txt': '\n' })),
      await saltedTrees(modelOf({ ...FILES, 'b/d.bin': '\0\n\x01' })),
    ];
    expect(new Set(roots.map(({ saltedTree }) => saltedTree.root)).size).toBe(4);
  });
});
