import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isStemmaError, StemmaError } from '../../../../src/core/errors/index.ts';
import { type BlockSource, fetchDag, formatCid } from '../../../../src/core/ipfs/index.ts';
import type { ProgressEvent } from '../../../../src/core/progress/index.ts';
import { type Blocks, DIRECTORY, imported, type Made, node, noise, number, TYPE } from '../support/blocks.ts';

const MIB = 1024 * 1024;
const FILES: readonly Made[] = [
  { path: 'config.json', content: Buffer.from('{}') },
  { path: 'empty', content: new Uint8Array() },
  { path: 'nested/deeper/.hidden', content: noise(10) },
  { path: 'weights.bin', content: noise(5 * MIB + 3) },
];

let folder: string;
let out: string;
let blocks: Blocks;
let root: CID;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'stemma-fetch-'));
  out = path.join(folder, 'model');
  ({ blocks, root } = await imported(FILES.map((file) => ({ ...file, path: `/m/${file.path}` }))));
  // The importer's root is the folder above.
  root = await linkOf(blocks, root, 'm');
  blocks.asked = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function linkOf(source: Blocks, of: CID, name: string): Promise<CID> {
  const { decode } = await import('@ipld/dag-pb');
  const link = decode(await source.get(of)).Links.find((each) => each.Name === name);
  return link === undefined ? of : link.Hash;
}

const staging = (of = root): string => path.join(folder, `.stemma-fetch-${formatCid(of)}`);
const namesIn = (where: string): string[] =>
  readdirSync(where, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(where, path.join(entry.parentPath, entry.name)))
    .toSorted();

async function failureOf(promise: Promise<unknown>): Promise<StemmaError> {
  const error: unknown = await promise.then(
    () => new Error('no error'),
    (thrown: unknown) => thrown,
  );
  if (!isStemmaError(error)) throw error;
  return error;
}

/** Gives so many blocks and then fails. */
function failingAfter(count: number, source: BlockSource = blocks): BlockSource {
  let left = count;
  return {
    get: (cid, signal) =>
      left-- > 0 ? source.get(cid, signal) : Promise.reject(new StemmaError('REMOTE_UNAVAILABLE', 'gone')),
  };
}

describe('a fetched folder', () => {
  test('is byte for byte what the CID says, and leaves nothing beside it', async () => {
    const fetched = await fetchDag(blocks, root, out);
    expect(fetched).toEqual({ cid: formatCid(root), kind: 'folder', files: 4, bytes: 5 * MIB + 15, reused: 0 });
    expect(namesIn(out)).toEqual(FILES.map((file) => file.path));
    for (const file of FILES) expect(readFileSync(path.join(out, file.path)).equals(file.content)).toBe(true);
    expect(readdirSync(folder)).toEqual(['model']);
    expect(statSync(out).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  test('lies in folders that are made for it', async () => {
    const deeper = path.join(folder, 'a', 'b', 'model');
    await fetchDag(blocks, root, deeper);
    expect(namesIn(deeper)).toHaveLength(4);
  });

  test('reports how far it is', async () => {
    const events: ProgressEvent[] = [];
    await fetchDag(blocks, root, out, { onProgress: (event) => events.push(event) });
    expect(events.at(-1)).toMatchObject({ phase: 'fetching' });
    expect(events.at(-1)?.done).toBeGreaterThan(5 * MIB);
  });

  test('is taken up where an interrupted fetch broke off, without asking for what is there', async () => {
    const error = await failureOf(fetchDag(failingAfter(12), root, out));
    expect(error.code).toBe('REMOTE_UNAVAILABLE');
    expect(existsSync(out)).toBe(false);
    expect(existsSync(staging())).toBe(true);
    blocks.asked = [];
    const { reused, files } = await fetchDag(blocks, root, out);
    expect(files).toBe(4);
    expect(reused).toBeGreaterThanOrEqual(MIB);
    // Thirteen blocks in all; six of them are leaves of a MiB, the last one aside.
    expect(blocks.asked).toHaveLength(13 - Math.floor(reused / MIB));
    expect(readFileSync(path.join(out, 'weights.bin')).equals(FILES[3]?.content as Uint8Array)).toBe(true);
    expect(readdirSync(folder)).toEqual(['model']);
  });

  test.each([
    ['a changed byte', (file: string) => writeFileSync(file, Buffer.alloc(5 * MIB + 3, 1))],
    ['a file cut short', (file: string) => truncateSync(file, 100)],
    ['a longer file', (file: string) => writeFileSync(file, Buffer.alloc(6 * MIB + 9))],
  ])('does not take over %s from an earlier fetch', async (_, spoil) => {
    await failureOf(fetchDag(failingAfter(9), root, out));
    spoil(path.join(staging(), 'content', 'weights.bin'));
    await fetchDag(blocks, root, out);
    expect(readFileSync(path.join(out, 'weights.bin')).equals(FILES[3]?.content as Uint8Array)).toBe(true);
  });

  test('takes no file along that somebody put into the staging folder', async () => {
    await failureOf(fetchDag(failingAfter(8), root, out));
    writeFileSync(path.join(staging(), 'content', 'payload.py'), 'import os');
    const error = await failureOf(fetchDag(blocks, root, out));
    expect(error.code).toBe('WRITE_FAILED');
    expect(error.hint).toContain('remove .stemma-fetch-');
    expect(existsSync(out)).toBe(false);
  });

  test('is not written through links that lie in the staging folder', async () => {
    await failureOf(fetchDag(failingAfter(8), root, out));
    const victim = path.join(folder, 'victim');
    writeFileSync(victim, 'precious');
    const weights = path.join(staging(), 'content', 'weights.bin');
    rmSync(weights, { force: true });
    symlinkSync(victim, weights);
    expect((await failureOf(fetchDag(blocks, root, out))).code).toBe('WRITE_FAILED');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  test('is not written into a staging folder that is a link, or open to others', async () => {
    mkdirSync(path.join(folder, 'elsewhere'));
    symlinkSync(path.join(folder, 'elsewhere'), staging());
    expect((await failureOf(fetchDag(blocks, root, out))).code).toBe('SYMLINK_REFUSED');
    rmSync(staging());
    mkdirSync(staging());
    chmodSync(staging(), 0o777);
    expect((await failureOf(fetchDag(blocks, root, out))).code).toBe('SYMLINK_REFUSED');
    expect(readdirSync(path.join(folder, 'elsewhere'))).toEqual([]);
  });

  test.each([
    ['a file', (at: string) => writeFileSync(at, 'mine')],
    ['an empty folder', (at: string) => mkdirSync(at)],
    ['a link to nowhere', (at: string) => symlinkSync('/nonexistent', at)],
  ])('never takes the place of %s', async (_, put) => {
    put(out);
    const before = lstatSync(out).ino;
    expect((await failureOf(fetchDag(blocks, root, out))).code).toBe('WOULD_OVERWRITE');
    expect(lstatSync(out).ino).toBe(before);
    expect(blocks.asked).not.toContain(formatCid(root));
  });

  test('stops when interrupted, and keeps what it has', async () => {
    const abort = new AbortController();
    const source: BlockSource = {
      get: (cid, signal) => {
        if (formatCid(cid) !== formatCid(root)) abort.abort();
        signal?.throwIfAborted();
        return blocks.get(cid);
      },
    };
    await expect(fetchDag(source, root, out, { signal: abort.signal })).rejects.toThrow();
    expect(existsSync(out)).toBe(false);
  });

  test('that would be larger than allowed is refused before its bytes are asked for', async () => {
    const error = await failureOf(fetchDag(blocks, root, out, { maxBytes: MIB }));
    expect(error.code).toBe('TOO_LARGE');
    expect(existsSync(out)).toBe(false);
  });

  test('whose blocks stand for more than the disk holds is refused', async () => {
    const inner = blocks.pb(node([...DIRECTORY]));
    const bomb = blocks.pb(node(DIRECTORY, [{ cid: inner, name: 'a', tsize: Number.MAX_SAFE_INTEGER }]));
    const error = await failureOf(fetchDag(blocks, bomb, out, { maxBytes: Number.MAX_SAFE_INTEGER }));
    expect(error.code).toBe('WRITE_FAILED');
    expect(error.message).toContain('the disk has less free');
  });

  test.each(['..', '../../etc/passwd', 'a/b', '/etc', 'a\0b', 'con', ''])('refuses the name %j', async (name) => {
    const leaf = blocks.raw(noise(4));
    const evil = blocks.pb(node(DIRECTORY, [{ cid: leaf, name }]));
    expect((await failureOf(fetchDag(blocks, evil, out))).code).toBe('UNIXFS_INVALID');
    expect(existsSync(out)).toBe(false);
  });

  test('refuses a symbolic link and a folder without a file', async () => {
    const link = blocks.pb(node([...number(1, TYPE.symlink)]));
    const evil = blocks.pb(node(DIRECTORY, [{ cid: link, name: 'weights.bin' }]));
    expect((await failureOf(fetchDag(blocks, evil, out))).code).toBe('UNIXFS_INVALID');
    const empty = blocks.pb(node([...DIRECTORY]));
    expect((await failureOf(fetchDag(blocks, empty, out))).code).toBe('UNIXFS_INVALID');
  });
});

describe('a fetched file', () => {
  let file: CID;
  beforeEach(async () => {
    file = await linkOf(blocks, root, 'weights.bin');
  });

  test('is put in place under the name that was asked for', async () => {
    const fetched = await fetchDag(blocks, file, out);
    expect(fetched).toMatchObject({ kind: 'file', files: 1, bytes: 5 * MIB + 3 });
    expect(readFileSync(out).equals(FILES[3]?.content as Uint8Array)).toBe(true);
    expect(readdirSync(folder)).toEqual(['model']);
  });

  test('is taken up where it broke off', async () => {
    await failureOf(fetchDag(failingAfter(4), file, out));
    blocks.asked = [];
    const { reused } = await fetchDag(blocks, file, out);
    expect(reused).toBeGreaterThan(0);
    expect(readFileSync(out).equals(FILES[3]?.content as Uint8Array)).toBe(true);
  });

  test('never takes the place of another, not even one that appears meanwhile', async () => {
    const source: BlockSource = {
      get: (cid) => {
        if (!existsSync(out)) writeFileSync(out, 'mine');
        return blocks.get(cid);
      },
    };
    expect((await failureOf(fetchDag(source, file, out))).code).toBe('WOULD_OVERWRITE');
    expect(readFileSync(out, 'utf8')).toBe('mine');
  });

  test('two fetches of the same at once leave one whole file, and the other one says so', async () => {
    const results = await Promise.allSettled([fetchDag(blocks, file, out), fetchDag(blocks, file, out)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(readFileSync(out).equals(FILES[3]?.content as Uint8Array)).toBe(true);
  });
});
