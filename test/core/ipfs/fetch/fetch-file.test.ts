import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BlockSource, fetchDag } from '../../../../src/core/ipfs/index.ts';
import type { Blocks } from '../support/blocks.ts';
import { FILES, failingAfter, failureOf, importedFolder, linkOf, MIB } from './support.ts';

let folder: string;
let out: string;
let blocks: Blocks;

describe('a fetched file', () => {
  let file: CID;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'stemma-fetch-'));
    out = path.join(folder, 'model');
    const made = await importedFolder();
    blocks = made.blocks;
    file = await linkOf(blocks, made.root, 'weights.bin');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is put in place under the name that was asked for', async () => {
    const fetched = await fetchDag(blocks, file, out);
    expect(fetched).toMatchObject({ kind: 'file', files: 1, bytes: 5 * MIB + 3 });
    expect(readFileSync(out).equals(FILES[3]?.content as Uint8Array)).toBe(true);
    expect(readdirSync(folder)).toEqual(['model']);
  });

  test('is taken up where it broke off', async () => {
    await failureOf(fetchDag(failingAfter(4, blocks), file, out));
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
