import type { List } from '../../digest/pure.ts';
import type { HashFunction } from '../../merkle/index.ts';
import { buildHamt } from './hamt.ts';
import { DIRECTORY_DATA, dataLength, type Linked, linkLength, type Node, NodeWriter } from './node.ts';

/** Profile `unixfs-v1-2025` (IPIP-499): a directory whose block would be longer than this becomes a HAMT. */
export const MAX_DIRECTORY_BYTES = 256 * 1024;

/** What a directory's block links to: a file by its index, or a block of a directory. */
export type Child = number | TreeNode;

/** A block of a directory: all of it, or one shard. */
export interface TreeNode extends Node {
  /** In the order of the links. */
  readonly children: readonly Child[];
}

export interface Entry {
  /** In UTF-8. */
  readonly name: Uint8Array;
  readonly child: Child;
  readonly linked: Linked;
}

/**
 * The block of a directory, or the root of its HAMT.
 *
 * @param entries by the bytes of their names, each name once
 * @throws StemmaError MODEL_UNSUPPORTED for names that no HAMT can tell apart
 */
export function buildDirectory(entries: List<Entry>, sha256: HashFunction): TreeNode {
  let length = dataLength(DIRECTORY_DATA.length);
  for (const { name, linked } of entries) length += linkLength(name.length, linked.cumulative);
  if (length > MAX_DIRECTORY_BYTES) return buildHamt(entries, sha256);
  const writer = new NodeWriter(length);
  const children: Child[] = [];
  for (const { name, child, linked } of entries) {
    writer.link(name, linked);
    children.push(child);
  }
  return { ...writer.finish(DIRECTORY_DATA, sha256), children };
}
