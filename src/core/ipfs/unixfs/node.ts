import type { HashFunction } from '../../merkle/index.ts';
import { CID_BYTES, DAG_PB, RAW } from '../cid.ts';
import { bytesLength, numberLength, Writer } from './protobuf.ts';

/** What a link says of the block, or the DAG, that it names. */
export interface Linked {
  readonly codec: typeof RAW | typeof DAG_PB;
  /** SHA-256 of the block. */
  readonly digest: Uint8Array;
  /** Bytes of the block and of all below it, each as often as it is linked: `Tsize`. */
  readonly cumulative: number;
}

/** A dag-pb block. */
export interface Node extends Linked {
  readonly bytes: Uint8Array;
}

// PBNode { repeated PBLink Links = 2; bytes Data = 1 } and PBLink { bytes Hash = 1; string Name = 2; uint64 Tsize = 3 }.
const DATA = 1;
const LINKS = 2;
const HASH = 1;
const NAME = 2;
const TSIZE = 3;
const SHA2_256 = 0x12;

/** Bytes that one link adds to a node. @param name length of the name in UTF-8 */
export function linkLength(name: number, cumulative: number): number {
  return bytesLength(innerLength(name, cumulative));
}

/** Bytes that the UnixFS data of this length adds to a node. */
export const dataLength = bytesLength;

function innerLength(name: number, cumulative: number): number {
  return bytesLength(CID_BYTES) + bytesLength(name) + numberLength(cumulative);
}

/** Puts a dag-pb node together, link by link: the canonical order of the format is all links, then the data. */
export class NodeWriter {
  readonly #writer: Writer;
  #cumulative = 0;

  /** @param length of the node: `linkLength` of each link and `dataLength` of the data */
  constructor(length: number) {
    this.#writer = new Writer(length);
  }

  /** @param name in UTF-8 */
  link(name: Uint8Array, { codec, digest, cumulative }: Linked): void {
    this.#cumulative += cumulative;
    this.#writer.head(LINKS, innerLength(name.length, cumulative)).head(HASH, CID_BYTES);
    this.#writer.varint(1).varint(codec).varint(SHA2_256).varint(digest.length).raw(digest);
    // The name is written although it is empty, as by every implementation.
    this.#writer.head(NAME, name.length).raw(name).number(TSIZE, cumulative);
  }

  /** @param data the UnixFS message */
  finish(data: Uint8Array, sha256: HashFunction): Node {
    const { bytes } = this.#writer.head(DATA, data.length).raw(data);
    return { codec: DAG_PB, digest: sha256(bytes), cumulative: this.#cumulative + bytes.length, bytes };
  }
}

// UnixFS Data { DataType Type = 1; bytes Data = 2; uint64 filesize = 3; repeated uint64 blocksizes = 4; hashType = 5; fanout = 6 }.
const TYPE = 1;
const CONTENT = 2;
const FILE_SIZE = 3;
const BLOCK_SIZE = 4;
const HASH_TYPE = 5;
const FANOUT = 6;
const MURMUR3_X64_64 = 0x22;
const TYPE_DIRECTORY = 1;
const TYPE_FILE = 2;
const TYPE_HAMT_SHARD = 5;

/** The message of a directory whose entries are its links. */
export const DIRECTORY_DATA: Uint8Array = new Writer(2).number(TYPE, TYPE_DIRECTORY).bytes;

/** The message of a file in several parts. @param parts the bytes of content below each link */
export function fileData(size: number, parts: readonly number[]): Uint8Array {
  let length = 2 + numberLength(size);
  for (const part of parts) length += numberLength(part);
  const writer = new Writer(length).number(TYPE, TYPE_FILE).number(FILE_SIZE, size);
  for (const part of parts) writer.number(BLOCK_SIZE, part);
  return writer.bytes;
}

/** The message of one shard of a HAMT. @param bitfield which of its slots are taken, without leading zeros */
export function shardData(bitfield: Uint8Array, fanout: number): Uint8Array {
  const length = 2 + bytesLength(bitfield.length) + numberLength(MURMUR3_X64_64) + numberLength(fanout);
  const writer = new Writer(length).number(TYPE, TYPE_HAMT_SHARD).head(CONTENT, bitfield.length).raw(bitfield);
  return writer.number(HASH_TYPE, MURMUR3_X64_64).number(FANOUT, fanout).bytes;
}
