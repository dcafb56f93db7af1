import type { HashFunction } from '../../merkle/index.ts';
import { DAG_PB, RAW } from '../cid.ts';
import { dataLength, fileData, type Linked, linkLength, type Node, NodeWriter } from './node.ts';

/** Profile `unixfs-v1-2025` (IPIP-499): content is cut into chunks of 1 MiB, the last one shorter. */
export const LEAF_BYTES = 1024 * 1024;
/** And a node has at most this many links. */
const MAX_LINKS = 1024;

const NO_NAME = new Uint8Array(0);
const DIGEST_BYTES = 32;

/** A block of a file: an inner node, or a leaf by its index. */
export type FileBlock = { readonly node: Node } | { readonly leaf: number; readonly digest: Uint8Array };

/** How many leaves a file has: at least one. @param size in bytes */
export function leafCount(size: number): number {
  return Math.max(1, Math.ceil(size / LEAF_BYTES));
}

/** The length in bytes of a leaf. */
export function leafLength(size: number, leaf: number): number {
  return Math.min(LEAF_BYTES, size - leaf * LEAF_BYTES);
}

/**
 * The balanced DAG of a file: leaves are raw blocks, every 1,024 of a level, and the rest of it, have a node above them, up to
 * a single one. A file of one leaf is that leaf. Holds the nodes' digests alone; nodes are written when they are asked for.
 */
export class FileDag {
  readonly #size: number;
  readonly #leaves: Uint8Array;
  readonly #sha256: HashFunction;
  /** Of each level above the leaves: digests one after the other, and `cumulative` of each. */
  readonly #levels: { readonly digests: Uint8Array; readonly cumulative: Float64Array }[] = [];
  readonly root: Linked;

  /** @param leaves the SHA-256 of each leaf, one after the other: `leafCount(size)` of them */
  constructor(size: number, leaves: Uint8Array, sha256: HashFunction) {
    this.#size = size;
    this.#leaves = leaves;
    this.#sha256 = sha256;
    for (let below = leafCount(size); below > 1; ) {
      const count = Math.ceil(below / MAX_LINKS);
      const level = { digests: new Uint8Array(count * DIGEST_BYTES), cumulative: new Float64Array(count) };
      const height = this.#levels.length + 1;
      for (let index = 0; index < count; index++) {
        const { digest, cumulative } = this.#node(height, index);
        level.digests.set(digest, index * DIGEST_BYTES);
        level.cumulative[index] = cumulative;
      }
      this.#levels.push(level);
      below = count;
    }
    this.root = this.#linked(this.#levels.length, 0);
  }

  /** Its blocks depth first, the root first; nodes below one of which `skip` is true are passed over with it. */
  *blocks(skip: (block: FileBlock) => boolean): Generator<FileBlock, undefined> {
    yield* this.#below(this.#levels.length, 0, skip);
  }

  *#below(height: number, index: number, skip: (block: FileBlock) => boolean): Generator<FileBlock, undefined> {
    const block: FileBlock =
      height === 0 ? { leaf: index, digest: this.#linked(0, index).digest } : { node: this.#node(height, index) };
    if (skip(block)) return;
    yield block;
    if (height === 0) return;
    const end = Math.min((index + 1) * MAX_LINKS, this.#count(height - 1));
    for (let child = index * MAX_LINKS; child < end; child++) yield* this.#below(height - 1, child, skip);
  }

  /** How many blocks a level has. */
  #count(height: number): number {
    return height === 0 ? leafCount(this.#size) : (this.#levels[height - 1]?.cumulative.length ?? 0);
  }

  #linked(height: number, index: number): Linked {
    const at = index * DIGEST_BYTES;
    const level = this.#levels[height - 1];
    if (level === undefined) {
      const digest = this.#leaves.subarray(at, at + DIGEST_BYTES);
      return { codec: RAW, digest, cumulative: leafLength(this.#size, index) };
    }
    const digest = level.digests.subarray(at, at + DIGEST_BYTES);
    return { codec: DAG_PB, digest, cumulative: level.cumulative[index] as number };
  }

  #node(height: number, index: number): Node {
    const first = index * MAX_LINKS;
    const end = Math.min(first + MAX_LINKS, this.#count(height - 1));
    // Bytes of content below one child that is full.
    const span = LEAF_BYTES * MAX_LINKS ** (height - 1);
    const links: Linked[] = [];
    const parts: number[] = [];
    for (let child = first; child < end; child++) {
      links.push(this.#linked(height - 1, child));
      parts.push(Math.min(span, this.#size - child * span));
    }
    const content = Math.min(span * MAX_LINKS, this.#size - first * span);
    const data = fileData(content, parts);
    const length = links.reduce((sum, { cumulative }) => sum + linkLength(0, cumulative), dataLength(data.length));
    const writer = new NodeWriter(length);
    for (const link of links) writer.link(NO_NAME, link);
    return writer.finish(data, this.#sha256);
  }
}
