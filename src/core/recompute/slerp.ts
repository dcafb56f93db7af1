import type { AbortOptions } from '../progress/index.ts';
import type { Formula } from './formula.ts';
import type { Undecided } from './recipe.ts';
import type { TensorReader } from './tensor-reader.ts';
import { turn } from './turn.ts';

/** Above this cosine the two are taken for parallel, and interpolated in a straight line: the threshold of mergekit. */
const PARALLEL = 0.9995;
/** Other programs take norms and cosine in binary32, in other orders: the factors then differ by about this, relatively. */
const FACTOR_SLACK = 2 ** -16;

interface Factors {
  readonly first: number;
  readonly second: number;
}

/** Dot products of two vectors, by pieces, in binary64 and in ascending order. */
class DotProducts {
  #aa = 0;
  #bb = 0;
  #ab = 0;

  add(a: Float32Array, b: Float32Array): void {
    let [aa, bb, ab] = [this.#aa, this.#bb, this.#ab];
    for (let i = 0; i < a.length; i++) {
      const x = a[i] as number;
      const y = b[i] as number;
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
    [this.#aa, this.#bb, this.#ab] = [aa, bb, ab];
  }

  /** The factors of spherical interpolation at `t`; undefined where one vector is zero or not finite, so that there is no angle. */
  factors(t: number): Factors | undefined {
    if (this.#aa === 0 && this.#bb === 0) return { first: 1 - t, second: t };
    const cosine = this.#ab / (Math.sqrt(this.#aa) * Math.sqrt(this.#bb));
    if (!Number.isFinite(cosine)) return undefined;
    if (Math.abs(cosine) > PARALLEL) return { first: 1 - t, second: t };
    const angle = Math.acos(cosine);
    return { first: Math.sin((1 - t) * angle) / Math.sin(angle), second: Math.sin(t * angle) / Math.sin(angle) };
  }
}

/** first·a + second·b in binary64, rounded once. */
function interpolated(a: TensorReader, b: TensorReader, { first, second }: Factors): Formula {
  let left = new Float32Array(0);
  let right = new Float32Array(0);
  return {
    readers: [a, b],
    values(at, out) {
      if (left.length !== out.length) left = new Float32Array(out.length);
      if (right.length !== out.length) right = new Float32Array(out.length);
      a.values(at, left);
      b.values(at, right);
      for (let i = 0; i < out.length; i++) out[i] = (left[i] as number) * first + (right[i] as number) * second;
    },
    slack(i, roundoff) {
      const sum = Math.abs((left[i] as number) * first) + Math.abs((right[i] as number) * second);
      return (FACTOR_SLACK + 3 * roundoff) * sum;
    },
  };
}

const PIECE = 128 * 1024;
const TURN_EVERY = 32 * PIECE;

/**
 * Spherical interpolation at `t`: the angle between the two comes first, from one more read of both.
 *
 * @throws StemmaError as `TensorReader`, INTERRUPTED
 */
export async function slerp(
  readers: readonly TensorReader[],
  t: number,
  options: AbortOptions,
): Promise<Formula | Undecided> {
  const [a, b] = readers as [TensorReader, TensorReader];
  const { parameters } = a.weight;
  const products = new DotProducts();
  for (let at = 0; at < parameters; at += PIECE) {
    if (at % TURN_EVERY === 0) await turn(options);
    const [left, right] = [a, b].map((reader) => {
      const values = new Float32Array(Math.min(PIECE, parameters - at));
      reader.values(at, values);
      return values;
    }) as [Float32Array, Float32Array];
    products.add(left, right);
  }
  const factors = products.factors(t);
  return factors === undefined
    ? { undecided: 'one of the parents is zero or not finite here, so that there is no angle between them' }
    : interpolated(a, b, factors);
}
