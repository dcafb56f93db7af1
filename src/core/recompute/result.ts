import type { Errors } from './compare.ts';

/**
 * `exact`: the same bytes. `close`: other values, all of them within what evaluating the same formula in another order may give.
 * `different`: some value is not what the formula gives. `undecided`: the formula has no defined result, or is not known here.
 */
export type RecomputeOutcome = 'exact' | 'close' | 'different' | 'undecided';

/** What became of one tensor of the child that is not exact. */
export interface TensorResult {
  /** Untrusted text. */
  readonly tensor: string;
  readonly dtype: string;
  readonly outcome: Exclude<RecomputeOutcome, 'exact'>;
  /** Why, where the values do not say it. */
  readonly why?: string;
  readonly errors?: Errors;
}

/** A child rebuilt from its parents. */
export interface Recomputation {
  readonly outcome: RecomputeOutcome;
  /** Tensors of the child, and how many of them are exact. */
  readonly tensors: number;
  readonly exact: number;
  /** In the order of the names; the first `MAX_LISTED`. */
  readonly unequal: readonly TensorResult[];
  /** Tensors of another name than the parent's, found by their bytes. */
  readonly renamed: number;
  /** Names of the parents' tensors that the child leaves out; the first `MAX_LISTED`. */
  readonly missing: readonly string[];
  /** Why nothing was compared. */
  readonly undecided?: string;
}

/** Hostile input: a model may have a million tensors. */
export const MAX_LISTED = 100;

export function notCompared(undecided: string): Recomputation {
  return { outcome: 'undecided', tensors: 0, exact: 0, unequal: [], renamed: 0, missing: [], undecided };
}
