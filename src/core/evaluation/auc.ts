/** One array that doubles: a plain list of ten million numbers costs several times as much. */
const START = 1024;

/**
 * Scores and true classes of all rows, which the area under the ROC curve alone needs together: 9 bytes a row, 8 for the order, and 4
 * for each column of slices; twice that while a buffer grows.
 */
export class RankedScores {
  #scores = new Float64Array(START);
  #positive = new Uint8Array(START);
  readonly #groups: Uint32Array[];
  #size = 0;

  /** @param slicings how many columns of slices there are */
  constructor(slicings: number) {
    this.#groups = Array.from({ length: slicings }, () => new Uint32Array(START));
  }

  /** @param groups of each column of slices, the number of the slice that the row is in, from 0 */
  add(score: number, positive: boolean, groups: readonly number[]): void {
    if (this.#size === this.#scores.length) this.#grow();
    this.#scores[this.#size] = score;
    this.#positive[this.#size] = positive ? 1 : 0;
    for (const [column, group] of groups.entries()) this.#groups[column]![this.#size] = group;
    this.#size++;
  }

  /**
   * The area over all rows, and for each column of slices that of every slice.
   *
   * @param sizes how many slices each column has
   */
  areas(sizes: readonly number[]): {
    readonly all: number | null;
    readonly slices: readonly (readonly (number | null)[])[];
  } {
    const scores = this.#scores;
    const rows = Uint32Array.from({ length: this.#size }, (_, row) => row);
    const order = rows.toSorted((a, b) => scores[a]! - scores[b]!);
    const [all = null] = this.#areas(order, undefined, 1);
    return { all, slices: sizes.map((size, column) => this.#areas(order, this.#groups[column], size)) };
  }

  /**
   * The share of pairs of a positive and a negative row in which the positive one scores higher, ties counting half: twice the
   * count of them is a whole number, so that one division is the only rounding. Null where there are no such pairs.
   */
  #areas(order: Uint32Array, groupOf: Uint32Array | undefined, groups: number): (number | null)[] {
    const positives = new Float64Array(groups);
    const negatives = new Float64Array(groups);
    const twice = new Float64Array(groups);
    const tiedPositives = new Float64Array(groups);
    const tiedNegatives = new Float64Array(groups);
    for (let from = 0; from < order.length; ) {
      let to = from;
      const score = this.#scores[order[from]!];
      for (; to < order.length && this.#scores[order[to]!] === score; to++) {
        const row = order[to]!;
        const tied = this.#positive[row] === 1 ? tiedPositives : tiedNegatives;
        tied[groupOf?.[row] ?? 0]! += 1;
      }
      for (; from < to; from++) {
        const group = groupOf?.[order[from]!] ?? 0;
        twice[group]! += tiedPositives[group]! * (2 * negatives[group]! + tiedNegatives[group]!);
        positives[group]! += tiedPositives[group]!;
        negatives[group]! += tiedNegatives[group]!;
        // Counted once for the slice, whichever of its tied rows comes first.
        tiedPositives[group] = 0;
        tiedNegatives[group] = 0;
      }
    }
    return Array.from(twice, (sum, group) => {
      const pairs = positives[group]! * negatives[group]!;
      return pairs === 0 ? null : sum / (2 * pairs);
    });
  }

  #grow(): void {
    const length = 2 * this.#scores.length;
    const scores = new Float64Array(length);
    scores.set(this.#scores);
    this.#scores = scores;
    const positive = new Uint8Array(length);
    positive.set(this.#positive);
    this.#positive = positive;
    for (const [column, groups] of this.#groups.entries()) {
      const longer = new Uint32Array(length);
      longer.set(groups);
      this.#groups[column] = longer;
    }
  }
}
