import { LazyList, type List } from '../../digest/pure.ts';
import type { HashFunction } from '../../merkle/index.ts';
import { BlockTable } from '../block-table.ts';
import { DAG_PB, RAW } from '../cid.ts';
import type { Child, TreeNode } from './directory.ts';
import { type FileBlock, FileDag, leafCount, leafLength } from './file.ts';
import { buildFolder } from './folder.ts';
import type { Linked, Node } from './node.ts';

/** A file of a DAG and the digests of its leaves. */
export interface LeafDigests {
  /** Relative to the root; empty where the file is the root. */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of each leaf, one after the other: `leafCount(size)` of them. */
  readonly leaves: Uint8Array;
}

/** A block in the order of the DAG: a dag-pb node, or a leaf, whose bytes are in its file. */
export type PlannedBlock =
  | { readonly node: Node }
  | { readonly file: number; readonly leaf: number; readonly length: number; readonly digest: Uint8Array };

/** Where the digests of the roots of files lie, and their links' `Tsize`: a million objects would take more than these rows. */
interface FileRoots {
  readonly digests: Uint8Array;
  readonly cumulative: Float64Array;
}

const DIGEST_BYTES = 32;

/** A DAG by digests alone: it knows its root and, in their order, its blocks. */
export class DagPlan {
  readonly root: Linked;
  readonly #files: List<LeafDigests>;
  readonly #sha256: HashFunction;
  readonly #top: Child;

  /**
   * @param files by the UTF-8 bytes of their paths; for `file`, one
   * @throws StemmaError PATH_INVALID where a name is given twice in a folder, MODEL_UNSUPPORTED
   */
  constructor(kind: 'folder' | 'file', files: List<LeafDigests>, sha256: HashFunction) {
    this.#files = files;
    this.#sha256 = sha256;
    if (kind === 'file') {
      this.#top = 0;
      this.root = this.#file(0).root;
      return;
    }
    const roots = this.#roots();
    const paths = new LazyList(files.length, (i) => (files.at(i) as LeafDigests).path);
    const top = buildFolder({ paths, rootOf: (file) => this.#rootOf(roots, file) }, sha256);
    this.#top = top;
    this.root = top;
  }

  /** Depth first, links in their order, the root first, each block once. */
  *blocks(): Generator<PlannedBlock, undefined> {
    yield* this.#below(this.#top, new BlockTable());
  }

  *#below(child: Child, seen: BlockTable): Generator<PlannedBlock, undefined> {
    if (typeof child !== 'number') {
      yield* this.#directory(child, seen);
      return;
    }
    const { size } = this.#files.at(child) as LeafDigests;
    const isKnown = (block: FileBlock): boolean =>
      !seen.add('node' in block ? keyOf(block.node) : { code: RAW, digest: block.digest });
    for (const block of this.#file(child).blocks(isKnown)) {
      yield 'node' in block ? block : { file: child, length: leafLength(size, block.leaf), ...block };
    }
  }

  *#directory(node: TreeNode, seen: BlockTable): Generator<PlannedBlock, undefined> {
    if (!seen.add(keyOf(node))) return;
    yield { node };
    for (const child of node.children) yield* this.#below(child, seen);
  }

  #file(index: number): FileDag {
    const { size, leaves } = this.#files.at(index) as LeafDigests;
    return new FileDag(size, leaves, this.#sha256);
  }

  #roots(): FileRoots {
    const { length } = this.#files;
    const roots = { digests: new Uint8Array(length * DIGEST_BYTES), cumulative: new Float64Array(length) };
    for (let index = 0; index < length; index++) {
      const { digest, cumulative } = this.#file(index).root;
      roots.digests.set(digest, index * DIGEST_BYTES);
      roots.cumulative[index] = cumulative;
    }
    return roots;
  }

  #rootOf({ digests, cumulative }: FileRoots, index: number): Linked {
    const { size } = this.#files.at(index) as LeafDigests;
    return {
      codec: leafCount(size) === 1 ? RAW : DAG_PB,
      digest: digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
      cumulative: cumulative[index] as number,
    };
  }
}

function keyOf({ codec, digest }: Linked): { readonly code: number; readonly digest: Uint8Array } {
  return { code: codec, digest };
}
