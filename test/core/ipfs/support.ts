import { createCipheriv, createHash } from 'node:crypto';
import { MemoryBlockstore } from 'blockstore-core';
import { importer } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import { type Block, type Dag, dagPbCid, RAW, rawCid } from '../../../src/core/ipfs/index.ts';
import { FileDag, LEAF_BYTES, leafCount, leafLength } from '../../../src/core/ipfs/unixfs/file.ts';
import type { Linked } from '../../../src/core/ipfs/unixfs/node.ts';

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

/** The bytes that Kubo's own tests make of a seed: a ChaCha20 keystream under its SHA-256. */
export function* keystream(seed: string, length: number): Generator<Buffer, undefined> {
  const cipher = createCipheriv('chacha20', sha256(Buffer.from(seed)), Buffer.alloc(16));
  for (let leaf = 0; leaf < leafCount(length); leaf++) yield cipher.update(Buffer.alloc(leafLength(length, leaf)));
}

/** The root of a file whose leaves come one by one. */
export function rootOfLeaves(size: number, leaves: Iterable<Uint8Array>): Linked {
  const digests = new Uint8Array(leafCount(size) * 32);
  let leaf = 0;
  for (const bytes of leaves) digests.set(sha256(bytes), 32 * leaf++);
  return new FileDag(size, digests, sha256).root;
}

/** The root of a file in memory. */
export function rootOfFile(bytes: Uint8Array): Linked {
  return rootOfLeaves(bytes.length, leavesIn(bytes));
}

function* leavesIn(bytes: Uint8Array): Generator<Uint8Array, undefined> {
  for (let leaf = 0; leaf < leafCount(bytes.length); leaf++) {
    const start = leaf * LEAF_BYTES;
    yield bytes.subarray(start, start + leafLength(bytes.length, leaf));
  }
}

export function cidOf({ codec, digest }: Pick<Linked, 'codec' | 'digest'>): CID {
  return codec === RAW ? rawCid(digest) : dagPbCid(digest);
}

export async function blocksOf(dag: Dag): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const block of dag.blocks()) blocks.push(block);
  return blocks;
}

/** What the importer says of a folder of these files. */
export async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const source = Object.entries(files).map(([at, content]) => ({ path: `root/${at}`, content: Buffer.from(content) }));
  let cid = '';
  for await (const entry of importer(source, new MemoryBlockstore(), { profile: 'unixfs-v1-2025' })) {
    cid = entry.cid.toString();
  }
  return cid;
}
