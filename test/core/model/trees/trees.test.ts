import { blake3 } from '@noble/hashes/blake3.js';
import { describe, expect, it } from 'vitest';
import {
  cutSegments,
  fileTreeRoot,
  omsRootOf,
  SEGMENT_BYTES,
  segmentTreeRoot,
} from '../../../../src/core/model/index.ts';
import { digest, gguf, modelOf, safetensors, sha256, tempDir, writeFiles } from '../support.ts';

/** Leaf data and trees written once more, from docs/formats/model-trees.md and not from the code under test. */
const u8 = (n: number): Buffer => Buffer.of(n);
const u32 = (n: number): Buffer => Buffer.from([n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
const u64 = (n: number): Buffer => Buffer.from(n.toString(16).padStart(16, '0'), 'hex');
const text = (s: string): Buffer => Buffer.from(s, 'utf8');
const mhSha256 = (data: Uint8Array): Buffer => Buffer.concat([Buffer.of(0x12, 0x20), sha256(data)]);
const mhBlake3 = (data: Uint8Array): Buffer => Buffer.concat([Buffer.of(0x1e, 0x20), blake3(data)]);

function treeRoot(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return sha256(Buffer.concat([u8(0), leaves[0] as Uint8Array]));
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.concat([u8(1), treeRoot(leaves.slice(0, split)), treeRoot(leaves.slice(split))]));
}
const hexRoot = (leaves: readonly Uint8Array[]): string => treeRoot(leaves).toString('hex');

const fileLeaf = (path: string, data: Uint8Array): Buffer =>
  Buffer.concat([text('stemma/file/v1\0'), u32(text(path).length), text(path), u64(data.length), sha256(data)]);
const segmentLeaf = (path: string, offset: number, length: number, mh: Uint8Array): Buffer =>
  Buffer.concat([text('stemma/segment/v1\0'), u32(text(path).length), text(path), u64(offset), u64(length), mh]);
const tensorLeaf = (name: string, dtype: string, shape: number[], data: Uint8Array, mh = mhBlake3): Buffer =>
  Buffer.concat([
    text('stemma/tensor/v1\0'),
    u32(text(name).length),
    text(name),
    u8(dtype.length),
    text(dtype),
    u8(shape.length),
    ...shape.map(u64),
    u64(data.length),
    treeRoot(data.length === 0 ? [] : [Buffer.concat([text('stemma/chunk/v1\0'), mh(data)])]),
  ]);

describe('the trees of a model', () => {
  it('the file tree binds path, size and SHA-256 of each file, in the order of UTF-8 bytes', async () => {
    // U+FFFF sorts before U+10000 in UTF-8 and after it in UTF-16.
    const dir = modelOf({ '\u{10000}x': '2', '\uffffx': '1', 'a/b': 'in a folder', 'a-b': '', 'a.txt': 'text' });
    const { trees } = await digest(dir);
    const leaves = [
      fileLeaf('a-b', text('')),
      fileLeaf('a.txt', text('text')),
      fileLeaf('a/b', text('in a folder')),
      fileLeaf('\uffffx', text('1')),
      fileLeaf('\u{10000}x', text('2')),
    ];
    expect(trees.fileTree).toEqual({ hash: 'sha256', size: 5, root: hexRoot(leaves) });
    const listed = Buffer.concat(['', 'text', 'in a folder', '1', '2'].map((content) => sha256(content)));
    expect(trees.digests['sha256']).toBe(sha256(listed).toString('hex'));
  });

  it('the segment tree has the header, each tensor and each plain file as segments', async () => {
    const container = safetensors({ b: { data: 'bbb' }, a: { dtype: 'F16', shape: [1, 2], data: 'aaaa' } });
    const header = container.subarray(0, container.length - 7);
    const dir = modelOf({ 'm.safetensors': container, empty: '', 'notes.md': 'text' });
    const { trees } = await digest(dir);
    const at = header.length;
    const leaves = [
      segmentLeaf('empty', 0, 0, mhBlake3(text(''))),
      segmentLeaf('m.safetensors', 0, at, mhBlake3(header)),
      segmentLeaf('m.safetensors', at, 3, mhBlake3(text('bbb'))),
      segmentLeaf('m.safetensors', at + 3, 4, mhBlake3(text('aaaa'))),
      segmentLeaf('notes.md', 0, 4, mhBlake3(text('text'))),
    ];
    expect(trees.segmentTree).toEqual({ hash: 'blake3', size: 5, root: hexRoot(leaves) });
    expect(trees.digests['stemmaSegmentTreeBlake3V1']).toBe(trees.segmentTree.root);
  });

  it('the tensor tree sorts by name, writes shape and dtype, and gives an empty tensor an empty chunk tree', async () => {
    const container = safetensors({
      z: { dtype: 'F16', shape: [1, 2], data: 'zzzz' },
      none: { dtype: 'F32', shape: [0, 3], data: '' },
      a: { dtype: 'U8', shape: [], data: 'a' },
    });
    const { trees } = await digest(modelOf({ 'm.safetensors': container }), { segmentHash: 'sha256' });
    const leaves = [
      tensorLeaf('a', 'U8', [], text('a'), mhSha256),
      tensorLeaf('none', 'F32', [0, 3], text(''), mhSha256),
      tensorLeaf('z', 'F16', [1, 2], text('zzzz'), mhSha256),
    ];
    const root = hexRoot(leaves);
    expect(trees.tensorSets).toEqual([
      { path: 'm.safetensors', format: 'safetensors', hash: 'sha256', size: 3, parameters: 3, root },
    ]);
    // Three regions: a header and two tensors that have bytes.
    expect(trees.segmentTree.size).toBe(3);
    expect(Object.keys(trees.digests)).toContain('stemmaSegmentTreeSha256V1');
  });

  it('a GGUF file has its padding and a trailing range as segments of their own', async () => {
    const file = gguf({ 'blk.0.w': [1, 2, 3] }, 'PK trailing');
    const { trees, plan } = await digest(modelOf({ 'm.gguf': file }));
    const regions = plan.files.at(0)?.container?.regions ?? [];
    expect(regions.map(({ tensor }) => tensor)).toEqual([undefined, undefined, 0, undefined]);
    const leaves = regions.map(({ offset, length }) =>
      segmentLeaf('m.gguf', offset, length, mhBlake3(file.subarray(offset, offset + length))),
    );
    expect(trees.segmentTree.root).toBe(hexRoot(leaves));
    expect(regions.reduce((sum, { length }) => sum + length, 0)).toBe(file.length);
    const data = Buffer.from(Float32Array.of(1, 2, 3).buffer);
    expect(trees.tensorSets[0]?.root).toBe(hexRoot([tensorLeaf('blk.0.w', 'F32', [3], data)]));
  });

  it('a single file has the empty path in every leaf and its own SHA-256 as the sha256 key', async () => {
    const dir = writeFiles(tempDir(), { 'weights.bin': 'bytes', 'other name': 'bytes' });
    const one = await digest(`${dir}/weights.bin`);
    expect(one.trees.fileTree.root).toBe(hexRoot([fileLeaf('', text('bytes'))]));
    expect(one.trees.segmentTree.root).toBe(hexRoot([segmentLeaf('', 0, 5, mhBlake3(text('bytes')))]));
    expect(one.trees.digests['sha256']).toBe(sha256('bytes').toString('hex'));
    const renamed = await digest(`${dir}/other name`);
    expect(renamed.trees.digests).toEqual(one.trees.digests);
  });

  it('no folder shares a root with the single file in it', async () => {
    const dir = modelOf({ 'weights.bin': 'bytes' });
    const folder = await digest(dir);
    const file = await digest(`${dir}/weights.bin`);
    for (const key of Object.keys(file.trees.digests)) {
      expect(folder.trees.digests[key], key).not.toBe(file.trees.digests[key]);
    }
  });
});

describe('what must change a root', () => {
  const base = { 'a.txt': 'one', 'b.txt': 'two' };
  const changes: [string, Readonly<Record<string, string>>][] = [
    ['a byte', { 'a.txt': 'onf', 'b.txt': 'two' }],
    ['a rename', { 'a2.txt': 'one', 'b.txt': 'two' }],
    ['two files of equal size swapped', { 'a.txt': 'two', 'b.txt': 'one' }],
    ['an empty file added', { ...base, 'c.txt': '' }],
    ['a file removed', { 'a.txt': 'one' }],
    ['a file moved into a folder', { 'x/a.txt': 'one', 'b.txt': 'two' }],
    ['bytes moved across a file boundary', { 'a.txt': 'onet', 'b.txt': 'wo' }],
  ];
  it.each(changes)('%s changes the file tree and the segment tree', async (_, files) => {
    const before = await digest(modelOf(base));
    const after = await digest(modelOf(files));
    expect(after.trees.fileTree.root).not.toBe(before.trees.fileTree.root);
    expect(after.trees.segmentTree.root).not.toBe(before.trees.segmentTree.root);
  });

  it('the OMS root alone does not notice a rename that keeps the order, which is why names are bound elsewhere', async () => {
    const before = await digest(modelOf(base));
    const after = await digest(modelOf({ 'a2.txt': 'one', 'b.txt': 'two' }));
    expect(after.trees.digests['sha256']).toBe(before.trees.digests['sha256']);
  });

  it.each([
    ['dtype', { w: { dtype: 'I8', data: 'abcd' } }],
    ['shape', { w: { shape: [2, 2], data: 'abcd' } }],
    ['name', { v: { data: 'abcd' } }],
    ['data', { w: { data: 'abce' } }],
  ])("a tensor's %s changes the tensor tree", async (_, tensors) => {
    const before = await digest(modelOf({ 'm.safetensors': safetensors({ w: { data: 'abcd' } }) }));
    const after = await digest(modelOf({ 'm.safetensors': safetensors(tensors) }));
    expect(after.trees.tensorSets[0]?.root).not.toBe(before.trees.tensorSets[0]?.root);
  });

  it("metadata and order of the header do not change the tensor tree, but the file's own trees", async () => {
    const one = { a: { data: 'aa' }, b: { data: 'bb' } };
    const before = await digest(modelOf({ 'm.safetensors': safetensors(one) }));
    const after = await digest(modelOf({ 'm.safetensors': safetensors({ b: one.b, a: one.a }, { format: 'pt' }) }));
    expect(after.trees.tensorSets[0]?.root).toBe(before.trees.tensorSets[0]?.root);
    expect(after.trees.segmentTree.root).not.toBe(before.trees.segmentTree.root);
  });
});

describe('cutting into segments', () => {
  const plain = (size: number): number[] => [...cutSegments({ size, container: undefined })];

  it.each([
    [0, [0]],
    [1, [1]],
    [SEGMENT_BYTES, [SEGMENT_BYTES]],
    [SEGMENT_BYTES + 1, [SEGMENT_BYTES, 1]],
    [3 * SEGMENT_BYTES - 1, [SEGMENT_BYTES, SEGMENT_BYTES, SEGMENT_BYTES - 1]],
  ])('%i bytes', (size, lengths) => {
    expect(plain(size)).toEqual(lengths);
  });

  it('holds for sizes beyond 2^32', () => {
    const lengths = cutSegments({ size: 2 ** 40 + 5, container: undefined });
    expect(lengths.length).toBe(2 ** 16 + 1);
    expect(lengths.at(-1)).toBe(5);
  });

  it('an empty list of files has the empty roots', () => {
    const empty = sha256('').toString('hex');
    expect(fileTreeRoot([])).toEqual({ hash: 'sha256', size: 0, root: empty });
    expect(segmentTreeRoot('blake3', [])).toEqual({ hash: 'blake3', size: 0, root: empty });
    expect(omsRootOf([])).toBe(empty);
  });
});
