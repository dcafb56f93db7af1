import { HASH_BYTES, type HashFunction, nodeHasher, nodeInput } from './hash.ts';
import type { Subtree } from './subtree-range.ts';

/**
 * The RFC 9162 §2.1.1 root of a stream of leaf hashes, in memory that does not grow with the stream: it holds the root of
 * each complete subtree that the leaves so far decompose into, one for every bit set in the size.
 */
export class CompactRange {
  readonly #hash: HashFunction;
  /**
   * Level `l` holds the input of the node over `2^(l+1)` leaves: the root of a complete subtree of `2^l` leaves as its left
   * half, where that bit of the size is set. Hashed as it stands, since copying would take as long as hashing does.
   */
  readonly #levels: Uint8Array[] = [];
  #size = 0;

  constructor(hash: HashFunction) {
    this.#hash = hash;
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
    this.#add(leaf, 0, this.#size);
    this.#size++;
  }

  /**
   * Appends `2^level` leaves by the root over them. The bytes are copied.
   *
   * @throws RangeError where they would not begin at a multiple of their number
   */
  append({ level, root }: Subtree): void {
    const leaves = 2 ** level;
    if (this.#size % leaves !== 0) throw new RangeError(`${leaves} leaves cannot begin at ${this.#size}`);
    this.#add(root, level, this.#size / leaves);
    this.#size += leaves;
  }

  /** @param position of the node among those of its level */
  #add(added: Uint8Array, from: number, position: number): void {
    let node = added;
    let level = from;
    // Division, not a shift: sizes go beyond 2^31.
    for (let rest = position; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const input = this.#levels[level]!;
      input.set(node, 1 + HASH_BYTES);
      node = this.#hash(input);
      level++;
    }
    while (this.#levels.length <= level) this.#levels.push(nodeInput());
    this.#levels[level]!.set(node, 1);
  }

  /** The root over the leaves so far, in bytes of its own; more may be pushed afterwards. That of an empty tree is `SHA-256("")`. */
  root(): Uint8Array {
    const nodeHash = nodeHasher(this.#hash);
    let root: Uint8Array | undefined;
    let rest = this.#size;
    for (const input of this.#levels) {
      if (rest % 2 === 1) {
        const left = input.subarray(1, 1 + HASH_BYTES);
        root = root === undefined ? left.slice() : nodeHash(left, root);
      }
      rest = Math.floor(rest / 2);
    }
    return root ?? this.#hash(new Uint8Array(0));
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
