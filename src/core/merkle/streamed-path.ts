import { HASH_BYTES, type HashFunction, type NodeHashFunction, nodeHasher } from './hash.ts';

interface Subtree {
  readonly root: Uint8Array;
  /** How many leaves; a power of two while the stream goes on. */
  readonly leaves: number;
  readonly holdsLeaf: boolean;
}

/**
 * The RFC 9162 §2.1.3.1 inclusion path of one leaf, whose position is known beforehand, out of a stream of leaf hashes: in
 * memory that does not grow with the stream, where `MerkleLayers` keeps the tree.
 */
export class StreamedPath {
  readonly index: number;
  readonly #nodeHash: NodeHashFunction;
  readonly #subtrees: Subtree[] = [];
  readonly #path: Uint8Array[] = [];
  #size = 0;

  /**
   * @param index position of the leaf, counted from 0
   * @throws RangeError unless it is a position
   */
  constructor(hash: HashFunction, index: number) {
    if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`"index" expected a position, got ${index}`);
    this.index = index;
    this.#nodeHash = nodeHasher(hash);
  }

  /**
   * Appends a leaf hash; the bytes are copied.
   *
   * @throws RangeError when it is not 32 bytes long
   */
  push(leaf: Uint8Array): void {
    if (leaf.length !== HASH_BYTES) throw new RangeError(`"leaf" expected ${HASH_BYTES} bytes, got ${leaf.length}`);
    // `slice` of a Buffer would share its memory.
    let right: Subtree = { root: new Uint8Array(leaf), leaves: 1, holdsLeaf: this.#size === this.index };
    for (let left = this.#subtrees.at(-1); left?.leaves === right.leaves; left = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      right = this.#join(left, right);
    }
    this.#subtrees.push(right);
    this.#size++;
  }

  /**
   * The siblings on the way to the root of the tree over all leaves, lowest first; nothing may be pushed afterwards.
   *
   * @throws RangeError when the stream had no such leaf
   */
  finish(): readonly Uint8Array[] {
    if (this.index >= this.#size) throw new RangeError(`"index" expected below ${this.#size}, got ${this.index}`);
    let right = this.#subtrees.pop();
    for (let left = this.#subtrees.pop(); left !== undefined && right !== undefined; left = this.#subtrees.pop()) {
      right = this.#join(left, right);
    }
    return this.#path;
  }

  #join(left: Subtree, right: Subtree): Subtree {
    if (left.holdsLeaf) this.#path.push(right.root);
    if (right.holdsLeaf) this.#path.push(left.root);
    return {
      root: this.#nodeHash(left.root, right.root),
      leaves: left.leaves + right.leaves,
      holdsLeaf: left.holdsLeaf || right.holdsLeaf,
    };
  }
}
