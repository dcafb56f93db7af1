import type { CID } from 'multiformats/cid';
import { formatCid } from '../cid.ts';
import { decodeNode, type PbLink } from './dag-pb.ts';
import { invalid, readMessage } from './protobuf.ts';

/** A part of a file: a block, or a DAG of them, and how many bytes of the file are in it. */
export interface Part {
  readonly cid: CID;
  readonly size: number;
}

/** The dag-pb node of a file, or of a part of one. */
export interface FileNode {
  readonly type: 'file';
  /** Bytes of the file that stand in the node itself, before those of its parts. */
  readonly data: Uint8Array;
  readonly parts: readonly Part[];
  /** Of data and parts together. */
  readonly size: number;
}

export interface DirectoryNode {
  readonly type: 'directory';
  readonly links: readonly PbLink[];
}

/** One node of a directory that is spread over several by the hashes of the names. */
export interface ShardNode {
  readonly type: 'shard';
  readonly links: readonly PbLink[];
  /** Slots, a power of two from 8 to 1024. */
  readonly fanout: number;
  /** One bit per slot, the last byte first. */
  readonly bitfield: Uint8Array;
}

export type UnixFsNode = FileNode | DirectoryNode | ShardNode;

const TYPES = ['raw', 'directory', 'file', 'metadata', 'symlink', 'HAMT shard'] as const;
/** murmur3-x64-64, the only hash function that HAMT directories have. */
const MURMUR3_X64_64 = 0x22;
const MAX_FANOUT = 1024;

/**
 * Reads a dag-pb block as a node of UnixFS (https://specs.ipfs.tech/unixfs/). Mode and time of modification are passed over, since
 * they are no part of what Stemma commits to. Symbolic links are refused, and so is whatever does not add up.
 *
 * @throws StemmaError UNIXFS_INVALID, CID_INVALID
 */
export function decodeUnixFs(cid: CID, block: Uint8Array): UnixFsNode {
  const what = `block ${formatCid(cid)}`;
  const { links, data: message } = decodeNode(block);
  if (message === undefined) throw invalid(`${what} is dag-pb and not UnixFS: it has no data`);
  const { type, data, filesize, blocksizes, hashType, fanout } = decodeData(message, what);
  const name = TYPES[type];
  const isShard = name === 'HAMT shard';
  if (!isShard && (hashType ?? fanout) !== undefined) throw invalid(`${what} is no HAMT shard and has a fan-out`);
  if (name === 'raw' || name === 'file') return fileNode(what, { links, data, filesize, blocksizes });
  if (name === 'directory') {
    if (blocksizes.length > 0 || (data?.length ?? 0) > 0) throw invalid(`${what} is a directory with data`);
    return { type: 'directory', links };
  }
  if (name === 'symlink') throw invalid(`${what} is a symbolic link, which is not followed`);
  if (!isShard) throw invalid(`${what} has the UnixFS type ${name ?? type}; a file or a directory is expected`);
  if (hashType !== MURMUR3_X64_64)
    throw invalid(`${what} is a HAMT shard by hash function ${hashType}; ${MURMUR3_X64_64} (murmur3) is expected`);
  if (fanout === undefined || fanout < 8 || fanout > MAX_FANOUT || !Number.isInteger(Math.log2(fanout)))
    throw invalid(`${what} is a HAMT shard with a fan-out of ${fanout}; a power of two from 8 to 1024 is expected`);
  return { type: 'shard', links, fanout, bitfield: data ?? new Uint8Array() };
}

interface Data {
  readonly type: number;
  readonly data: Uint8Array | undefined;
  readonly filesize: number | undefined;
  readonly blocksizes: readonly number[];
  readonly hashType: number | undefined;
  readonly fanout: number | undefined;
}

function decodeData(message: Uint8Array, what: string): Data {
  let type: number | undefined;
  let data: Uint8Array | undefined;
  let filesize: number | undefined;
  let hashType: number | undefined;
  let fanout: number | undefined;
  const blocksizes: number[] = [];
  const passedOver = (): undefined => undefined;
  readMessage(message, `${what}, in its UnixFS data,`, {
    1: { kind: 'number', read: (value) => (type = value) },
    2: { kind: 'bytes', read: (bytes) => (data = bytes) },
    3: { kind: 'number', read: (value) => (filesize = value) },
    4: { kind: 'number', repeated: true, read: (value) => blocksizes.push(value) },
    5: { kind: 'number', read: (value) => (hashType = value) },
    6: { kind: 'number', read: (value) => (fanout = value) },
    7: { kind: 'number', read: passedOver },
    8: { kind: 'bytes', read: passedOver },
  });
  if (type === undefined) throw invalid(`${what} has no UnixFS type`);
  return { type, data, filesize, blocksizes, hashType, fanout };
}

/** Sizes say where each part lies in the file: they are held to each other here, and to the bytes when those are read. */
function fileNode(
  what: string,
  {
    links,
    data = new Uint8Array(),
    filesize,
    blocksizes,
  }: Pick<Data, 'data' | 'filesize' | 'blocksizes'> & { readonly links: readonly PbLink[] },
): FileNode {
  if (links.length !== blocksizes.length)
    throw invalid(`${what} is a file of ${links.length} parts and says the size of ${blocksizes.length}`);
  const parts = links.map(({ cid, name }, i) => {
    if (name !== '') throw invalid(`${what} is a file, and its parts have names`);
    // Nobody writes such a part, and without it the number of parts is bounded by the size of the file.
    if (blocksizes[i] === 0) throw invalid(`${what} is a file with a part of no bytes`);
    return { cid, size: blocksizes[i] as number };
  });
  const size = blocksizes.reduce((sum, each) => sum + each, data.length);
  if (!Number.isSafeInteger(size)) throw invalid(`${what} is a file of 2^53 bytes or more`);
  if ((filesize ?? (links.length === 0 ? size : 0)) !== size)
    throw invalid(`${what} says that it is a file of ${filesize ?? 0} bytes, and its parts are of ${size}`);
  return { type: 'file', data, parts, size };
}
