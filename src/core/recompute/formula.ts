import type { Values } from './encodings.ts';
import type { TensorReader } from './tensor-reader.ts';

/** The relative rounding of binary32. */
const BINARY32 = 2 ** -24;

/** How the values of a child's tensor are computed from those of its parents. */
export interface Formula {
  readonly readers: readonly TensorReader[];
  /** Computes the elements from `at` on, as many as fit into `out`. */
  values(at: number, out: Values): void;
  /**
   * By how much evaluating the same formula in another order, or rounding more often, may change element `i` of the last call
   * at most, given the relative rounding of one operation. Absent where there is one way only.
   */
  readonly slack?: (i: number, roundoff: number) => number;
}

/** The same values. */
export function same(reader: TensorReader): Formula {
  return { readers: [reader], values: (at, out) => reader.values(at, out) };
}

/**
 * Σ wₖ·xₖ: each product and each sum rounded to binary32 in the order of the parents, from zero.
 *
 * @param weights as many as readers
 */
export function linear(readers: readonly TensorReader[], weights: readonly number[]): Formula {
  const factors = Float32Array.from(weights);
  let pieces: Float32Array[] = [];
  return {
    readers,
    values(at, out) {
      if (pieces[0]?.length !== out.length) pieces = readers.map(() => new Float32Array(out.length));
      out.fill(0);
      for (const [k, reader] of readers.entries()) {
        const piece = pieces[k] as Float32Array;
        const factor = factors[k] as number;
        reader.values(at, piece);
        for (let i = 0; i < out.length; i++) {
          out[i] = Math.fround((out[i] as number) + Math.fround((piece[i] as number) * factor));
        }
      }
    },
    slack(i, roundoff) {
      let sum = 0;
      for (const [k, piece] of pieces.entries()) sum += Math.abs((piece[i] as number) * (factors[k] as number));
      // Each term goes through its weight's rounding, its product and at most n - 1 sums: here in binary32, there in `roundoff`.
      return (readers.length + 1) * (roundoff + BINARY32) * sum;
    },
  };
}

/** What a low-rank update needs, held in memory: it is small by its nature. */
export interface LowRank {
  /** rank × columns and rows × rank, by rows. */
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rank: number;
  readonly columns: number;
  /** α / rank, or α / √rank. */
  readonly scale: number;
}

/** W + scale·(B·A) in binary32, the product summed over the rank in ascending order. */
export function lowRankUpdate(reader: TensorReader, { a, b, rank, columns, scale }: LowRank): Formula {
  const factor = Math.fround(scale);
  let start = 0;
  let base = new Float32Array(0);
  let product = new Float32Array(0);
  return {
    readers: [reader],
    values(at, out) {
      if (base.length !== out.length) base = new Float32Array(out.length);
      if (product.length !== out.length) product = new Float32Array(out.length);
      start = at;
      reader.values(at, base);
      product.fill(0);
      for (let i = 0; i < out.length; ) {
        const row = Math.floor((at + i) / columns);
        const column = (at + i) % columns;
        const end = Math.min(out.length, i + columns - column);
        for (let k = 0; k < rank; k++) addScaled(product, i, end, b[row * rank + k] as number, a, k * columns + column);
        i = end;
      }
      for (let i = 0; i < out.length; i++) {
        out[i] = Math.fround((base[i] as number) + Math.fround(factor * (product[i] as number)));
      }
    },
    slack(i, roundoff) {
      const row = Math.floor((start + i) / columns);
      const column = (start + i) % columns;
      let sum = 0;
      for (let k = 0; k < rank; k++) {
        sum += Math.abs((b[row * rank + k] as number) * (a[k * columns + column] as number));
      }
      const update = Math.abs(scale) * sum;
      // The product is summed in binary32 everywhere; only its result may be rounded to a narrower type before it is added.
      return 2 * BINARY32 * ((rank + 2) * update + Math.abs(base[i] as number)) + 2 * roundoff * update;
    },
  };
}

function addScaled(out: Float32Array, from: number, to: number, factor: number, row: Float32Array, at: number): void {
  for (let i = from, j = at; i < to; i++, j++) {
    out[i] = (out[i] as number) + Math.fround(factor * (row[j] as number));
  }
}
