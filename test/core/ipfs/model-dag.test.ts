import {
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBlock, type Dag, evidenceDag, filesDag, formatCid, modelDag } from '../../../src/core/ipfs/index.ts';
import { MIB, modelOf, tempDir, writeFiles } from '../model/support.ts';
import { blocksOf, folderOf, sha256 } from './support.ts';

const OPTIONS = { release: false, ignored: [], allowSymlinks: false };
const RELEASE = { ...OPTIONS, release: true };
const text = ({ root }: Dag): string => formatCid(root);
const cidOf = async (...args: Parameters<typeof modelDag>): Promise<string> => text(await modelDag(...args));
const code = (name: string) => expect.objectContaining({ code: name });

const FILES = { 'config.json': '{}', 'a/weights.bin': Buffer.alloc(3 * MIB + 5, 'weights'), '.hidden': 'h', empty: '' };
const SIDE = { 'model.sig': 's', 'model.attestations.jsonl': 'a', 'model.manifest.jsonl': 'm' };

describe('the CID of a model', () => {
  it('is that of its folder, hidden files included', async () => {
    expect(await cidOf(modelOf(FILES), OPTIONS)).toBe(await folderOf(FILES));
  });

  it('leaves out what the file set of the trees leaves out, and an empty folder', async () => {
    const model = modelOf({ ...FILES, ...SIDE, '.git/HEAD': 'x', '.gitattributes': 'x', '.cache/huggingface/x': 'x' });
    mkdirSync(path.join(model, 'nothing'));
    expect(await cidOf(model, OPTIONS)).toBe(await folderOf(FILES));
  });

  it('leaves out what the caller ignores', async () => {
    const model = modelOf({ ...FILES, secret: 's' });
    expect(await cidOf(model, { ...OPTIONS, ignored: ['secret'] })).toBe(await folderOf(FILES));
  });

  it('has the side files in a release, and shares all other blocks with it', async () => {
    const model = modelOf({ ...FILES, ...SIDE });
    const release = await modelDag(model, RELEASE);
    expect(text(release)).toBe(await folderOf({ ...FILES, ...SIDE }));
    const held = new Set((await blocksOf(release)).map(({ cid }) => formatCid(cid)));
    const [root, ...others] = await blocksOf(await modelDag(model, OPTIONS));
    expect(held.has(formatCid(root?.cid as never))).toBe(false);
    expect(others.every(({ cid }) => held.has(formatCid(cid)))).toBe(true);
  });

  it('is that of the bytes where the model is a single file', async () => {
    const model = modelOf({ 'm.gguf': 'hello world' });
    const file = path.join(model, 'm.gguf');
    expect(await cidOf(file, OPTIONS)).toBe('bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e');
    writeFiles(model, { 'm.gguf.sig': 's', 'm.gguf.attestations.jsonl': 'a', 'other.sig': 'x' });
    const released = { 'm.gguf': 'hello world', 'm.gguf.sig': 's', 'm.gguf.attestations.jsonl': 'a' };
    expect(await cidOf(file, RELEASE)).toBe(await folderOf(released));
  });

  it('takes the links of a Hugging Face snapshot for the files that they name', async () => {
    const cache = path.join(tempDir(), 'models--org--name');
    writeFiles(cache, { 'blobs/aa': 'weights', 'blobs/bb': 'sig' });
    const snapshot = path.join(cache, 'snapshots', 'f'.repeat(40));
    mkdirSync(snapshot, { recursive: true });
    symlinkSync('../../blobs/aa', path.join(snapshot, 'model.bin'));
    symlinkSync('../../blobs/bb', path.join(snapshot, 'model.sig'));
    expect(await cidOf(snapshot, OPTIONS)).toBe(await folderOf({ 'model.bin': 'weights' }));
    expect(await cidOf(snapshot, RELEASE)).toBe(await folderOf({ 'model.bin': 'weights', 'model.sig': 'sig' }));
    expect(text((await evidenceDag(snapshot)) as Dag)).toBe(await folderOf({ 'model.sig': 'sig' }));
  });

  it('does not depend on how many threads hash it', async () => {
    const model = modelOf({ 'a.bin': Buffer.alloc(70 * MIB, 'a'), 'b.bin': Buffer.alloc(65 * MIB + 1, 'b') });
    const [one, three] = [
      await modelDag(model, { ...OPTIONS, jobs: 1 }),
      await modelDag(model, { ...OPTIONS, jobs: 3 }),
    ];
    expect(text(one)).toBe(text(three));
  });

  it.each(['symlink', 'empty', 'ignored', 'absent'] as const)('is not had of a model that is %s', async (what) => {
    const model = modelOf(what === 'empty' ? {} : { a: 'a' });
    if (what === 'symlink') symlinkSync('/etc/passwd', path.join(model, 'b'));
    const expected = {
      symlink: 'SYMLINK_REFUSED',
      empty: 'MODEL_EMPTY',
      ignored: 'MODEL_EMPTY',
      absent: 'PATH_NOT_FOUND',
    };
    const at = what === 'absent' ? `${model}/x` : model;
    await expect(modelDag(at, { ...RELEASE, ignored: what === 'ignored' ? ['a'] : [] })).rejects.toThrow(
      code(expected[what]),
    );
  });

  it('is not had of a folder in which a side file is a link or a folder', async () => {
    const model = modelOf({ a: 'a', 'model.sig/x': 'x' });
    await expect(modelDag(model, RELEASE)).rejects.toThrow(code('MODEL_UNSUPPORTED'));
    await expect(evidenceDag(model)).rejects.toThrow(code('MODEL_UNSUPPORTED'));
    const linked = modelOf({ a: 'a' });
    symlinkSync('/etc/passwd', path.join(linked, 'model.manifest.jsonl'));
    await expect(modelDag(linked, RELEASE)).rejects.toThrow(code('SYMLINK_REFUSED'));
    await expect(evidenceDag(linked)).rejects.toThrow(code('SYMLINK_REFUSED'));
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(modelDag(modelOf(FILES), { ...OPTIONS, signal })).rejects.toThrow(code('INTERRUPTED'));
    const dag = await modelDag(modelOf(FILES), OPTIONS);
    await expect(dag.blocks(signal)[Symbol.asyncIterator]().next()).rejects.toThrow(code('INTERRUPTED'));
  });
});

describe('the blocks of a model', () => {
  it('are what their CIDs say, begin with the root, and come once each', async () => {
    const same = Buffer.alloc(2 * MIB + 1, 'same');
    const dag = await modelDag(modelOf({ ...FILES, 'x/1': same, 'x/2': same, 'y/1': same, 'y/2': same }), OPTIONS);
    const blocks = await blocksOf(dag);
    for (const block of blocks) expect(() => checkBlock(block, sha256)).not.toThrow();
    expect(blocks[0]?.cid.equals(dag.root)).toBe(true);
    expect(new Set(blocks.map(({ cid }) => formatCid(cid))).size).toBe(blocks.length);
    // Root; .hidden; a; its file of four leaves, three of them different; config.json; empty; x, which y is too; its file of three
    // leaves, of which two are one.
    expect([dag.blockCount, blocks.length]).toEqual([blocks.length, 1 + 1 + 1 + 1 + 4 + 1 + 1 + 1 + 1 + 2]);
    expect(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(dag.blockBytes);
  });

  it('come twice where the bytes of a node are also those of a file: they are two CIDs', async () => {
    const [node] = await blocksOf(await filesDag([{ path: 'a', source: Buffer.from('a') }]));
    const dag = await filesDag([
      { path: 'copy', source: node?.bytes as Uint8Array },
      { path: 'folder/a', source: Buffer.from('a') },
    ]);
    const cids = (await blocksOf(dag)).map(({ cid }) => cid);
    expect(cids.map(({ code: codec }) => codec)).toEqual([0x70, 0x55, 0x70, 0x55]);
    expect(cids[1]?.multihash.digest).toEqual(cids[2]?.multihash.digest);
  });

  const attacks: Readonly<Record<string, (file: string) => void>> = {
    'was rewritten': (file) => writeFileSync(file, Buffer.alloc(3 * MIB, 'b')),
    'became shorter': (file) => truncateSync(file, 2 * MIB),
    'is gone': (file) => unlinkSync(file),
    'is a link': (file) => {
      renameSync(file, `${file}.real`);
      symlinkSync(`${file}.real`, file);
    },
    'is another file with the same bytes': (file) => {
      writeFileSync(`${file}.new`, Buffer.alloc(3 * MIB, 'a'));
      renameSync(`${file}.new`, file);
    },
    'has other bytes and its old times': (file) => {
      const { atime, mtime } = statSync(file);
      writeFileSync(file, Buffer.alloc(3 * MIB, 'c'));
      utimesSync(file, atime, mtime);
    },
  };
  it.each(Object.entries(attacks))('are not given where a file %s', async (name, attack) => {
    const model = modelOf({ 'a.bin': Buffer.alloc(3 * MIB, 'a'), 'b.bin': 'b' });
    const dag = await modelDag(model, OPTIONS);
    attack(path.join(model, 'a.bin'));
    const codes = { 'is gone': 'FILE_UNREADABLE', 'is a link': 'NOT_A_REGULAR_FILE' } as Record<string, string>;
    await expect(blocksOf(dag)).rejects.toThrow(code(codes[name] ?? 'FILE_CHANGED'));
  });

  it('end in an error where the file changes between two of them', async () => {
    const model = modelOf({
      'a.bin': Buffer.from([...new Uint8Array(3)].join('')),
      'z.bin': Buffer.alloc(3 * MIB, 'z'),
    });
    const dag = await modelDag(model, OPTIONS);
    const met = async () => {
      for await (const { bytes } of dag.blocks()) {
        if (bytes.length === MIB) writeFileSync(path.join(model, 'z.bin'), Buffer.alloc(3 * MIB, 'y'));
      }
    };
    await expect(met()).rejects.toThrow(code('FILE_CHANGED'));
  });
});
