import type { Encoding, Values } from './encodings.ts';
import type { Formula } from './formula.ts';

/** How the values of a child's tensor compare with those computed. */
export interface Errors {
  /** Elements whose value differs. */
  readonly differing: number;
  /** Index, counted from 0 in the order of the data, and both values of the element that differs most; of equals the first. */
  readonly worst?: { readonly index: number; readonly expected: number; readonly found: number };
  /** Largest and mean error over all elements; infinite where one of two values is not finite. */
  readonly largest: number;
  readonly mean: number;
}

/** Collects the differences of one tensor. */
export class Comparison {
  /** The bytes differ somewhere, if only in how a block or a NaN is written. */
  unequal = false;
  /** Some element differs by more than another order of evaluation explains. */
  beyond = false;
  /** Values that are not finite were to be quantised, for which no result is defined. */
  undefinedBlocks = false;
  #differing = 0;
  #sum = 0;
  #largest = 0;
  #worst: Errors['worst'];
  readonly #encoding: Encoding;
  #rebuilt: Uint8Array = new Uint8Array(0);

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /**
   * @param at index of the first element
   * @param values as computed; overwritten
   * @param found the child's bytes of the same elements
   */
  add(at: number, values: Values, found: Uint8Array, slack: Formula['slack']): void {
    if (this.#rebuilt.length !== found.length) this.#rebuilt = new Uint8Array(found.length);
    this.#encoding.encode(values, this.#rebuilt);
    if (Buffer.compare(this.#rebuilt, found) === 0) return;
    this.unequal = true;
    if (this.#encoding.block > 1 && !values.every(Number.isFinite)) this.undefinedBlocks = true;
    const actual = values.slice();
    this.#encoding.decode(found, actual);
    this.#encoding.decode(this.#rebuilt, values);
    for (let i = 0; i < values.length; i++) this.#element(at + i, i, values[i] as number, actual[i] as number, slack);
  }

  #element(index: number, i: number, expected: number, found: number, slack: Formula['slack']): void {
    if (Object.is(expected, found)) return;
    this.#differing++;
    const difference = Math.abs(expected - found);
    const error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    this.#sum += error;
    if (this.#worst === undefined || error > this.#largest) this.#worst = { index, expected, found };
    this.#largest = Math.max(this.#largest, error);
    // Rounding never makes a number of what is none, however large the slack.
    if (!(error < Number.POSITIVE_INFINITY && error <= this.#allowed(i, expected, slack))) this.beyond = true;
  }

  #allowed(i: number, expected: number, slack: Formula['slack']): number {
    if (slack === undefined || this.#encoding.block > 1) return -1;
    const roundoff = Math.max(this.#encoding.roundoff, 2 ** -24);
    return slack(i, roundoff) + 2 * this.#encoding.roundoff * Math.abs(expected);
  }

  /** @param parameters elements of the tensor */
  errors(parameters: number): Errors {
    return {
      differing: this.#differing,
      ...(this.#worst === undefined ? {} : { worst: this.#worst }),
      largest: this.#largest,
      mean: parameters === 0 ? 0 : this.#sum / parameters,
    };
  }
}
