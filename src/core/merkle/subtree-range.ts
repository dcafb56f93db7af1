import { type HashFunction, nodeHasher } from './hash.ts';

/** The root over `2^level` leaves that begin at a multiple of that number. */
export interface Subtree {
  readonly level: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * Consecutive leaves of a tree that begin anywhere in it, as the fewest complete subtrees: what `CompactRange.append` takes, one after
 * the other, to grow by all of them. Memory grows with the logarithm of their number.
 */
export class SubtreeRange {
  readonly #nodeHash: (left: Uint8Array, right: Uint8Array) => Uint8Array;
  readonly #subtrees: Subtree[] = [];
  #next: number;

  /** @param first position in the whole tree of the first leaf that is pushed */
  constructor(hash: HashFunction, first: number) {
    this.#nodeHash = nodeHasher(hash);
    this.#next = first;
  }

  /** @param leaf a leaf hash, of which no copy is made */
  push(leaf: Uint8Array): void {
    let subtree: Subtree = { level: 0, root: leaf };
    // Division, not a shift: positions go beyond 2^31.
    for (let position = this.#next; position % 2 === 1; position = Math.floor(position / 2)) {
      const left = this.#subtrees.at(-1);
      // Where the sibling began before the first leaf, this subtree stays by itself.
      if (left?.level !== subtree.level) break;
      this.#subtrees.pop();
      subtree = { level: subtree.level + 1, root: this.#nodeHash(left.root, subtree.root) };
    }
    this.#subtrees.push(subtree);
    this.#next++;
  }

  /** In the order of their leaves. */
  get subtrees(): readonly Subtree[] {
    return this.#subtrees;
  }
}
