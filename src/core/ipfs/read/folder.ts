import type { CID } from 'multiformats/cid';
import { encodeUtf8, pathProblem, quote } from '../../bytes/index.ts';
import type { BlockSource } from '../block.ts';
import { formatCid, RAW } from '../cid.ts';
import type { PbLink } from './dag-pb.ts';
import { nodeFile, rawFile, type UnixFsFile } from './file.ts';
import { slotsOf } from './hamt.ts';
import type { ReadLimits } from './limits.ts';
import { invalid } from './protobuf.ts';
import { Reading } from './reading.ts';
import { type DirectoryNode, decodeUnixFs, type ShardNode } from './unixfs.ts';

/** What every file system of today takes as one name. */
const MAX_NAME_BYTES = 255;

export interface OpenDag {
  readonly kind: 'file' | 'folder';
  /** What the root says that the whole weighs: for a progress bar, and for nothing else. */
  readonly claimedBytes: number;
  /** Each file once, those of a folder as they are found; a file is to be read before the next one is asked for. */
  readonly files: AsyncIterable<UnixFsFile>;
}

interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the root of a UnixFS DAG that anybody may have made. Everything below is hostile: names that lead out of the folder, twice
 * the same name, symbolic links, sizes that do not add up, and DAGs that grow without end are refused when they are met.
 *
 * @throws StemmaError UNIXFS_INVALID, CID_INVALID, TOO_LARGE, and as the source
 */
export async function openDag(
  source: BlockSource,
  root: CID,
  limits: ReadLimits,
  { signal }: OpenOptions = {},
): Promise<OpenDag> {
  const reading = new Reading(source, limits, signal);
  const block = await reading.get(root);
  const files = entry('', { cid: root, block, depth: 0 }, reading);
  if (root.code === RAW) return { kind: 'file', claimedBytes: block.length, files };
  const node = decodeUnixFs(root, block);
  if (node.type === 'file') return { kind: 'file', claimedBytes: node.size, files };
  const claimed = node.links.reduce((sum, { tsize = 0 }) => sum + tsize, 0);
  return { kind: 'folder', claimedBytes: Math.min(claimed, limits.maxBytes), files };
}

/**
 * The files of a folder. @throws as `openDag`, which see; UNIXFS_INVALID where the root is a file
 */
export async function* readFolder(
  source: BlockSource,
  root: CID,
  limits: ReadLimits,
  options: OpenOptions = {},
): AsyncGenerator<UnixFsFile> {
  const { kind, files } = await openDag(source, root, limits, options);
  if (kind === 'file') throw invalid(`${formatCid(root)} is a file; a folder is expected`);
  yield* files;
}

interface Found {
  readonly cid: CID;
  readonly block: Uint8Array;
  readonly depth: number;
}

async function* entry(path: string, { cid, block, depth }: Found, reading: Reading): AsyncGenerator<UnixFsFile> {
  const { counter } = reading;
  if (cid.code === RAW) {
    counter.addFile(block.length);
    yield rawFile(path, block);
    return;
  }
  const node = decodeUnixFs(cid, block);
  if (node.type === 'file') {
    counter.addFile(node.size);
    yield nodeFile(path, node, reading);
    return;
  }
  counter.requireDepth(depth);
  const inside = { prefix: path === '' ? '' : `${path}/`, depth: depth + 1 };
  if (node.type === 'directory') yield* directory(cid, node, inside, reading);
  else yield* shard(cid, node, { ...inside, slots: [], fanout: node.fanout }, reading);
}

interface Inside {
  readonly prefix: string;
  readonly depth: number;
}

async function* directory(
  cid: CID,
  { links }: DirectoryNode,
  { prefix, depth }: Inside,
  reading: Reading,
): AsyncGenerator<UnixFsFile> {
  reading.counter.addLinks(links.length);
  const names = new Set<string>();
  for (const { name } of links) {
    requireName(name, cid);
    if (names.has(name)) throw invalid(`folder ${formatCid(cid)} holds ${quote(name, 80)} twice`);
    names.add(name);
  }
  for await (const [link, block] of reading.ahead.inOrder(links, (link: PbLink) => reading.get(link.cid)))
    yield* entry(`${prefix}${link.name}`, { cid: link.cid, block, depth }, reading);
}

async function* shard(
  cid: CID,
  node: ShardNode,
  inside: Inside & { readonly slots: readonly number[]; readonly fanout: number },
  reading: Reading,
): AsyncGenerator<UnixFsFile> {
  if (node.fanout !== inside.fanout)
    throw invalid(`HAMT shard ${formatCid(cid)} has a fan-out of ${node.fanout}; that of its root is ${inside.fanout}`);
  reading.counter.addLinks(node.links.length);
  const slots = slotsOf(cid, node, inside.slots);
  for (const { name } of slots) if (name !== undefined) requireName(name, cid);
  for await (const [{ index, link, name }, block] of reading.ahead.inOrder(slots, ({ link }) =>
    reading.get(link.cid),
  )) {
    if (name !== undefined) {
      yield* entry(`${inside.prefix}${name}`, { cid: link.cid, block, depth: inside.depth }, reading);
      continue;
    }
    const below = link.cid.code === RAW ? undefined : decodeUnixFs(link.cid, block);
    if (below?.type !== 'shard')
      throw invalid(`block ${formatCid(link.cid)} is ${below?.type ?? 'raw'} where a HAMT shard is expected`);
    yield* shard(link.cid, below, { ...inside, slots: [...inside.slots, index] }, reading);
  }
}

function requireName(name: string, cid: CID): void {
  const problem = name.includes('/')
    ? 'contains a slash'
    : encodeUtf8(name).length > MAX_NAME_BYTES
      ? `is longer than ${MAX_NAME_BYTES} bytes`
      : pathProblem(name);
  if (problem !== undefined)
    throw invalid(`folder ${formatCid(cid)} holds the name ${quote(name, 80)}, which ${problem}`);
}
