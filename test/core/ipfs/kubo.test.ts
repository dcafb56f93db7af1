/** Against a real Kubo, without a daemon; built by `npm run interop:ipfs`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesDag, formatCid, modelDag, writeCar } from '../../../src/core/ipfs/index.ts';
import { kuboBinary } from '../../support/kubo.ts';
import { MIB, modelOf, tempDir } from '../model/support.ts';
import { keystream } from './support.ts';

const OPTIONS = { release: false, ignored: [], allowSymlinks: false };
const ipfs = kuboBinary();
const bytes = (seed: string, length: number): Buffer => Buffer.concat([...keystream(seed, length)]);

/** A repository of its own, with the profile. */
function repository(): (...args: readonly string[]) => Buffer {
  const env = { PATH: process.env['PATH'] ?? '', HOME: tempDir(), IPFS_PATH: tempDir(), IPFS_TELEMETRY: 'off' };
  const run = (...args: readonly string[]): Buffer =>
    execFileSync(ipfs as string, args, { env, maxBuffer: 64 * MIB, stdio: ['ignore', 'pipe', 'ignore'] });
  run('init', '--profile=test,unixfs-v1-2025', '--empty-repo');
  return run;
}

/** Names whose directory is as long as it may be without a HAMT, and one byte longer: each link takes 44 bytes and its name. */
function namesUpTo(more: number): string[] {
  const names = Array.from({ length: 4765 }, (_, i) => `name-${String(i).padStart(6, '0')}`);
  return [...names, 'z'.repeat(21 + more)];
}

const FOLDERS: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>> = {
  'files at every boundary': Object.fromEntries(
    [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 5].map((size) => [`f${size}`, bytes('boundary', size)]),
  ),
  'hidden and nested names': {
    '.a/.b': '1',
    'a-b/c': '2',
    'a/b': '3',
    'a.b': '4',
    'é/𝄞': '5',
    'x/y/z/w': bytes('w', 5000),
  },
  'the same bytes often': {
    a: bytes('s', MIB + 9),
    'b/a': bytes('s', MIB + 9),
    'b/c': bytes('s', MIB),
    'd/a': bytes('s', MIB + 9),
  },
  'a directory at the threshold': Object.fromEntries(namesUpTo(0).map((name) => [name, 'x'])),
  'a directory a byte over it': Object.fromEntries(namesUpTo(1).map((name) => [`deep/er/${name}`, 'x'])),
};

describe.skipIf(ipfs === undefined)('a real Kubo (skipped unless npm run interop:ipfs built it)', () => {
  it.each(Object.entries(FOLDERS))('gives %s the CID that we give it, and writes the same CAR', async (_, files) => {
    const kubo = repository();
    const model = modelOf(files);
    const dag = await modelDag(model, OPTIONS);
    const cid = kubo('add', '-r', '-Q', '--hidden', model).toString().trim();
    expect(formatCid(dag.root)).toBe(cid);
    const car = path.join(tempDir(), 'x.car');
    await writeCar(car, dag);
    expect(readFileSync(car).equals(kubo('dag', 'export', '--progress=false', cid))).toBe(true);
  });

  it('imports our CAR and counts the blocks that we counted', async () => {
    const kubo = repository();
    const dag = await modelDag(modelOf(FOLDERS['the same bytes often'] ?? {}), OPTIONS);
    const car = path.join(tempDir(), 'x.car');
    await writeCar(car, dag);
    kubo('dag', 'import', car);
    const stat = JSON.parse(kubo('dag', 'stat', '--enc=json', '--progress=false', formatCid(dag.root)).toString());
    expect([stat.UniqueBlocks, stat.TotalSize]).toEqual([dag.blockCount, dag.blockBytes]);
  });

  it('finds another CID where a byte is another', async () => {
    const kubo = repository();
    const cid = kubo('add', '-r', '-Q', modelOf({ a: 'a' }))
      .toString()
      .trim();
    expect(formatCid((await filesDag([{ path: 'a', source: Buffer.from('b') }])).root)).not.toBe(cid);
  });
});
