import { hexEncode } from '../../bytes/index.ts';
import { createHash, multihash, sha256 } from '../../digest/index.ts';
import { CompactRange, leafHash, merkleRoot } from '../../merkle/index.ts';
import type { ContainerFormat } from '../formats/index.ts';
import { chunkLeaf, fileLeaf, segmentLeaves, type TensorFacts, tensorLeaf } from './leaves.ts';

/** The hash of segments: BLAKE3 by default, SHA-256 for FIPS sites. */
export type SegmentHash = 'blake3' | 'sha256';

export const DIGEST_BYTES = 32;

/** Design §3: outside a DigestSet a root is always given together with its hash and size. */
export interface TreeRoot {
  /** The hash of the content digests in the leaves; the tree itself is SHA-256 always. */
  readonly hash: SegmentHash;
  /** Number of leaves. */
  readonly size: number;
  /** Lower-case hex. */
  readonly root: string;
}

export interface TensorSetRoot extends TreeRoot {
  /** The path of the index, or of the one file; empty for a single-file model. */
  readonly path: string;
  readonly format: ContainerFormat;
  /** Sum over its tensors. */
  readonly parameters: number;
}

export interface FileDigest {
  readonly path: string;
  readonly size: number;
  /** Of the whole file, 32 bytes. */
  readonly sha256: Uint8Array;
}

export interface FileSegments {
  readonly path: string;
  /** Length of each segment in bytes, in file order. */
  readonly lengths: Float64Array;
  /** 32 bytes for each segment. */
  readonly digests: Uint8Array;
}

/** Builds one RFC 9162 tree from leaf data, in the order given, in constant memory. */
export class TreeBuilder {
  readonly #hash: SegmentHash;
  // Most tensors are one chunk, and a model may have half a million: a tree of one leaf does without a range.
  #only: Uint8Array | undefined;
  #range: CompactRange | undefined;

  constructor(hash: SegmentHash) {
    this.#hash = hash;
  }

  push(leafData: Uint8Array): void {
    const leaf = leafHash(sha256, leafData);
    if (this.#range !== undefined) this.#range.push(leaf);
    else if (this.#only === undefined) this.#only = leaf;
    else {
      this.#range = new CompactRange(sha256);
      this.#range.push(this.#only);
      this.#range.push(leaf);
    }
  }

  root(): Uint8Array {
    return this.#range?.root() ?? this.#only ?? merkleRoot(sha256, []);
  }

  finish(): TreeRoot {
    const size = this.#range?.size ?? (this.#only === undefined ? 0 : 1);
    return { hash: this.#hash, size, root: hexEncode(this.root()) };
  }
}

/** The file tree (design §3) over files in the order of their paths' UTF-8 bytes. */
export function fileTreeRoot(files: Iterable<FileDigest>): TreeRoot {
  const tree = new TreeBuilder('sha256');
  for (const file of files) tree.push(fileLeaf(file.path, file.size, file.sha256));
  return tree.finish();
}

/** The segment tree (design §3) over all segments of files in the order of their paths' UTF-8 bytes. */
export function segmentTreeRoot(hash: SegmentHash, files: Iterable<FileSegments>): TreeRoot {
  const tree = new TreeBuilder(hash);
  for (const { path, lengths, digests } of files) {
    const leaf = segmentLeaves(path);
    let offset = 0;
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i] as number;
      tree.push(leaf(offset, length, multihash(hash, digestAt(digests, i))));
      offset += length;
    }
  }
  return tree.finish();
}

/** OMS v1.0: SHA-256 over the files' SHA-256 digests in code-point order of their paths, which is the order of our file sets. */
export function omsRootOf(files: Iterable<{ readonly sha256: Uint8Array }>): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.sha256);
  return hexEncode(hash.digest());
}

/** The chunk tree of one tensor: its segments `[first, first + count)` of the file's digests. An empty tensor has an empty tree. */
export function chunkRoot(hash: SegmentHash, digests: Uint8Array, first: number, count: number): Uint8Array {
  const tree = new TreeBuilder(hash);
  for (let i = first; i < first + count; i++) tree.push(chunkLeaf(multihash(hash, digestAt(digests, i))));
  return tree.root();
}

/** The tensor tree (design §3) over tensors in the order of their names' UTF-8 bytes. */
export function tensorTreeRoot(
  hash: SegmentHash,
  tensors: Iterable<{ readonly tensor: TensorFacts; readonly chunkRoot: Uint8Array }>,
): TreeRoot {
  const tree = new TreeBuilder(hash);
  for (const { tensor, chunkRoot } of tensors) tree.push(tensorLeaf(tensor, chunkRoot));
  return tree.finish();
}

function digestAt(digests: Uint8Array, index: number): Uint8Array {
  return digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
}
