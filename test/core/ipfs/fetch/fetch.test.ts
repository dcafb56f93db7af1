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
import { type BlockSource, fetchDag, formatCid } from '../../../../src/core/ipfs/index.ts';
import type { ProgressEvent } from '../../../../src/core/progress/index.ts';
import { type Blocks, DIRECTORY, node, noise, number, TYPE } from '../support/blocks.ts';
import { FILES, failingAfter, failureOf, importedFolder, MIB } from './support.ts';

let folder: string;
let out: string;
let blocks: Blocks;
let root: CID;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'stemma-fetch-'));
  out = path.join(folder, 'model');
  ({ blocks, root } = await importedFolder());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const staging = (of = root): string => path.join(folder, `.stemma-fetch-${formatCid(of)}`);
const namesIn = (where: string): string[] =>
  readdirSync(where, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(where, path.join(entry.parentPath, entry.name)))
    .toSorted();

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
    const error = await failureOf(fetchDag(failingAfter(12, blocks), root, out));
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
    await failureOf(fetchDag(failingAfter(9, blocks), root, out));
    spoil(path.join(staging(), 'content', 'weights.bin'));
    await fetchDag(blocks, root, out);
    expect(readFileSync(path.join(out, 'weights.bin')).equals(FILES[3]?.content as Uint8Array)).toBe(true);
  });

  test('takes no file along that somebody put into the staging folder', async () => {
    await failureOf(fetchDag(failingAfter(8, blocks), root, out));
    writeFileSync(path.join(staging(), 'content', 'payload.py'), 'import os');
    const error = await failureOf(fetchDag(blocks, root, out));
    expect(error.code).toBe('WRITE_FAILED');
    expect(error.hint).toContain('remove .stemma-fetch-');
    expect(existsSync(out)).toBe(false);
  });

  test('is not written through links that lie in the staging folder', async () => {
    await failureOf(fetchDag(failingAfter(8, blocks), root, out));
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

  test.runIf(process.platform === 'linux')('says so where no folder can be made, and does not hang', async () => {
    expect((await failureOf(fetchDag(blocks, root, '/proc/stemma/model'))).code).toBe('WRITE_FAILED');
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

  test.each(['.git', '.GIT', 'git~1'])('refuses a repository under the name %j', async (name) => {
    const config = blocks.pb(node(DIRECTORY, [{ cid: blocks.raw(noise(4)), name: 'config' }]));
    const evil = blocks.pb(node(DIRECTORY, [{ cid: config, name }]));
    expect((await failureOf(fetchDag(blocks, evil, out))).code).toBe('UNIXFS_INVALID');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing where nothing came', async () => {
    expect((await failureOf(fetchDag(failingAfter(0, blocks), root, out))).code).toBe('REMOTE_UNAVAILABLE');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('refuses a symbolic link and a folder without a file', async () => {
    const link = blocks.pb(node([...number(1, TYPE.symlink)]));
    const evil = blocks.pb(node(DIRECTORY, [{ cid: link, name: 'weights.bin' }]));
    expect((await failureOf(fetchDag(blocks, evil, out))).code).toBe('UNIXFS_INVALID');
    const empty = blocks.pb(node([...DIRECTORY]));
    expect((await failureOf(fetchDag(blocks, empty, out))).code).toBe('UNIXFS_INVALID');
  });
});
