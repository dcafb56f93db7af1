import { HASH_BYTES, type HashFunction, type NodeHashFunction, nodeHasher } from './hash.ts';

/** A size is a safe integer, so at most 53 complete subtrees are open at once. */
const MAX_SUBTREES = 53;

/**
 * The RFC 9162 §2.1.1 root of a stream of leaf hashes, in memory that does not grow with the stream: it holds the root of
 * each complete subtree that the leaves so far decompose into, one for every bit set in the size, largest first.
 */
export class CompactRange {
  readonly #hash: HashFunction;
  readonly #nodeHash: NodeHashFunction;
  readonly #subtrees = new Uint8Array(MAX_SUBTREES * HASH_BYTES);
  #count = 0;
  #size = 0;

  constructor(hash: HashFunction) {
    this.#hash = hash;
    this.#nodeHash = nodeHasher(hash);
  }

  /** How many leaves were pushed. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends a leaf hash. The bytes are copied: the caller may reuse its buffer.
   *
   * @throws RangeError when it is not 32 bytes long
   */
  push(leaf: Uint8Array): void {
    if (leaf.length !== HASH_BYTES) throw new RangeError(`"leaf" expected ${HASH_BYTES} bytes, got ${leaf.length}`);
    let node = leaf;
    // Division, not a shift: sizes go beyond 2^31.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      this.#count--;
      node = this.#nodeHash(this.#subtree(this.#count), node);
    }
    this.#subtrees.set(node, this.#count * HASH_BYTES);
    this.#count++;
    this.#size++;
  }

  /** The root over the leaves so far, in bytes of its own; more may be pushed afterwards. That of an empty tree is `SHA-256("")`. */
  root(): Uint8Array {
    if (this.#count === 0) return this.#hash(new Uint8Array(0));
    let root: Uint8Array = this.#subtree(this.#count - 1).slice();
    for (let i = this.#count - 2; i >= 0; i--) root = this.#nodeHash(this.#subtree(i), root);
    return root;
  }

  #subtree(index: number): Uint8Array {
    return this.#subtrees.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }
}

/**
 * RFC 9162 §2.1.1: the root over leaf *hashes*, in the order given.
 *
 * @throws RangeError when one is not 32 bytes long
 */
export function merkleRoot(hash: HashFunction, leaves: Iterable<Uint8Array>): Uint8Array {
  const range = new CompactRange(hash);
  for (const leaf of leaves) range.push(leaf);
  return range.root();
}
