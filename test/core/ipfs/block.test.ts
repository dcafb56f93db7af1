import { describe, expect, it } from 'vitest';
import { BlockTable } from '../../../src/core/ipfs/block-table.ts';
import { checkBlock, dagPbCid, MAX_BLOCK_BYTES, rawCid } from '../../../src/core/ipfs/index.ts';
import { sha256 } from './support.ts';

describe('checkBlock', () => {
  it.each([0, 1, MAX_BLOCK_BYTES])('takes the bytes of a CID: %i of them', (length) => {
    const bytes = new Uint8Array(length);
    expect(() => checkBlock({ cid: rawCid(sha256(bytes)), bytes }, sha256)).not.toThrow();
  });

  it.each([0, 500, 999])('refuses them with byte %i changed', (at) => {
    const bytes = new Uint8Array(1000);
    const cid = rawCid(sha256(bytes));
    bytes[at] = 1;
    expect(() => checkBlock({ cid, bytes }, sha256)).toThrow(expect.objectContaining({ code: 'BLOCK_MISMATCH' }));
  });

  it('refuses fewer and more', () => {
    const cid = rawCid(sha256(new Uint8Array(10)));
    const mismatch = expect.objectContaining({ code: 'BLOCK_MISMATCH' });
    for (const length of [0, 9, 11]) {
      expect(() => checkBlock({ cid, bytes: new Uint8Array(length) }, sha256)).toThrow(mismatch);
    }
  });

  it('refuses a block over 2 MiB before it hashes it', () => {
    const bytes = new Uint8Array(MAX_BLOCK_BYTES + 1);
    const cid = rawCid(sha256(bytes));
    const never = (): never => expect.unreachable();
    expect(() => checkBlock({ cid, bytes }, never)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });
});

describe('BlockTable', () => {
  it('numbers blocks in the order in which they come, through all its growth', () => {
    const table = new BlockTable();
    const keys = Array.from({ length: 5000 }, (_, i) => ({ code: 0x55, digest: sha256(Buffer.from(String(i))) }));
    expect(keys.every((key) => table.add(key))).toBe(true);
    expect(keys.some((key) => table.add(key))).toBe(false);
    expect(table.length).toBe(5000);
    expect(keys.map((key) => table.find(key))).toEqual(keys.map((_, i) => i));
    expect(table.find({ code: 0x55, digest: sha256(Buffer.from('5000')) })).toBeUndefined();
  });

  it('knows digests apart that begin alike, and the codecs of one digest', () => {
    const table = new BlockTable();
    const alike = (last: number): Uint8Array => new Uint8Array(32).fill(7, 0, 31).fill(last, 31);
    for (let last = 0; last < 200; last++) expect(table.add({ code: 0x55, digest: alike(last) })).toBe(true);
    expect(table.find({ code: 0x55, digest: alike(199) })).toBe(199);
    expect(table.find({ code: 0x55, digest: alike(200) })).toBeUndefined();
    const { multihash } = dagPbCid(alike(3));
    expect(table.find({ code: 0x70, digest: multihash.digest })).toBeUndefined();
    expect(table.add({ code: 0x70, digest: multihash.digest })).toBe(true);
  });
});
