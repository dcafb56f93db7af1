import { createHash } from 'node:crypto';
import { MemoryBlockstore } from 'blockstore-core/memory';
import { importer } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import { type BlockSource, blockMissing, dagPbCid, formatCid, rawCid } from '../../../../src/core/ipfs/index.ts';

/** By hash and not by codec, as `blockstore-core` keeps its own. */
const keyOf = (cid: CID): string => Buffer.from(cid.multihash.digest).toString('hex');

/** Blocks in memory, as an honest source of them; it counts what it is asked for. */
export class Blocks implements BlockSource {
  readonly all = new Map<string, Uint8Array>();
  asked: string[] = [];

  raw(bytes: Uint8Array): CID {
    return this.put(rawCid(sha256(bytes)), bytes);
  }

  pb(bytes: Uint8Array): CID {
    return this.put(dagPbCid(sha256(bytes)), bytes);
  }

  put(cid: CID, bytes: Uint8Array): CID {
    this.all.set(keyOf(cid), bytes);
    return cid;
  }

  get(cid: CID): Promise<Uint8Array> {
    this.asked.push(formatCid(cid));
    const bytes = this.all.get(keyOf(cid));
    return bytes === undefined ? Promise.reject(blockMissing(cid, 'the test')) : Promise.resolve(bytes);
  }
}

export interface Made {
  readonly path: string;
  readonly content: Uint8Array;
}

type ImportOptions = Parameters<typeof importer>[2];

/** What the maintained library makes of some files; the root is that of the outermost folder, or of the file. */
export async function imported(
  files: readonly Made[],
  options: ImportOptions = { profile: 'unixfs-v1-2025' },
): Promise<{ blocks: Blocks; root: CID }> {
  const store = new MemoryBlockstore();
  let root: CID | undefined;
  for await (const entry of importer([...files], store, options)) root = entry.cid;
  const blocks = new Blocks();
  for await (const { cid, bytes } of store.getAll()) {
    for await (const chunk of bytes) blocks.put(cid, chunk);
  }
  if (root === undefined) throw new Error('nothing was imported');
  return { blocks, root };
}

export const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** Bytes that are the same in each run, and no two blocks of them alike. */
export function noise(length: number, seed = 1): Uint8Array {
  const out = new Uint8Array(length);
  let state = seed * 2_654_435_761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out[i] = state >>> 24;
  }
  return out;
}

/** Protobuf by hand, to say what no library would. */
export function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  return [...out, rest];
}

export const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

export const bytes = (field: number, value: Iterable<number>): number[] => {
  const all = [...value];
  return [...varint(field * 8 + 2), ...varint(all.length), ...all];
};

export const text = (field: number, value: string): number[] => bytes(field, new TextEncoder().encode(value));

export interface HandLink {
  readonly cid: CID;
  readonly name?: string;
  readonly tsize?: number;
}

/** A dag-pb block: links before data, as its specification says. */
export function node(data: readonly number[], links: readonly HandLink[] = []): Uint8Array {
  return Uint8Array.from([
    ...links.flatMap(({ cid, name = '', tsize = 1 }) =>
      bytes(2, [...bytes(1, cid.bytes), ...text(2, name), ...number(3, tsize)]),
    ),
    ...bytes(1, data),
  ]);
}

export const TYPE = { raw: 0, directory: 1, file: 2, metadata: 3, symlink: 4, shard: 5 } as const;

/** The UnixFS data of a directory. */
export const DIRECTORY = number(1, TYPE.directory);

/** The UnixFS data of a file of some parts. */
export const fileData = (filesize: number, blocksizes: readonly number[], inline?: Uint8Array): number[] => [
  ...number(1, TYPE.file),
  ...(inline === undefined ? [] : bytes(2, inline)),
  ...number(3, filesize),
  ...blocksizes.flatMap((size) => number(4, size)),
];

export function folder(links: readonly HandLink[]): Uint8Array {
  return node(DIRECTORY, links);
}
