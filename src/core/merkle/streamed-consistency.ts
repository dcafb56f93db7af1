import { CompactRange } from './compact-range.ts';
import { HASH_BYTES, type HashFunction } from './hash.ts';

/**
 * RFC 9162 §2.1.4.1: the subtrees whose roots are the consistency proof from `size1` to `size2` leaves, in the order of the proof,
 * as `[begin, end)` of their leaves. None where both are the same tree.
 *
 * @throws RangeError unless 1 ≤ size1 ≤ size2: nothing can be shown of an empty prefix
 */
export function consistencyRanges(size1: number, size2: number): (readonly [number, number])[] {
  if (!Number.isSafeInteger(size1) || size1 < 1 || size1 > size2) {
    throw new RangeError(`"size1" expected integer in [1, ${size2}], got ${size1}`);
  }
  const ranges: (readonly [number, number])[] = [];
  let begin = 0;
  let end = size2;
  while (size1 < end) {
    const split = begin + largestPowerOfTwoBelow(end - begin);
    if (size1 <= split) {
      ranges.push([split, end]);
      end = split;
    } else {
      ranges.push([begin, split]);
      begin = split;
    }
  }
  // The subtree that ends at size1 is left out where it is the old tree itself: the verifier has that root.
  if (begin > 0) ranges.push([begin, end]);
  return ranges.toReversed();
}

/** The consistency proof between two sizes that are known beforehand, out of a stream of leaf hashes, in memory that does not grow with it. */
export class StreamedConsistency {
  readonly #terms: readonly { readonly begin: number; readonly end: number; readonly range: CompactRange }[];
  readonly #size: number;
  #index = 0;

  /** @throws RangeError unless 1 ≤ size1 ≤ size2 */
  constructor(hash: HashFunction, size1: number, size2: number) {
    const ranges = consistencyRanges(size1, size2);
    this.#terms = ranges.map(([begin, end]) => ({ begin, end, range: new CompactRange(hash) }));
    this.#size = size2;
  }

  /** Appends a leaf hash; those beyond the greater size are passed over. @throws RangeError when it is not 32 bytes long */
  push(leaf: Uint8Array): void {
    if (leaf.length !== HASH_BYTES) throw new RangeError(`"leaf" expected ${HASH_BYTES} bytes, got ${leaf.length}`);
    const index = this.#index++;
    this.#terms.find(({ begin, end }) => begin <= index && index < end)?.range.push(leaf);
  }

  /** The proof, in the order of the RFC. @throws RangeError where the stream had fewer leaves than the greater size */
  finish(): Uint8Array[] {
    if (this.#index < this.#size) throw new RangeError(`expected ${this.#size} leaves, got ${this.#index}`);
    return this.#terms.map(({ range }) => range.root());
  }
}

function largestPowerOfTwoBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
