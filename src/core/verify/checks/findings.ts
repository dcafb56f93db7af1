import type { Check, Fact } from '../report.ts';

/** What came of evidence that the caller gave. */
export interface Findings {
  readonly checks: readonly Check[];
  /** Claims that the evidence shows to be true: they are no mere claims any more. */
  readonly recomputed: readonly Fact[];
}

/** Several of them as one. */
export const together = (all: readonly Findings[]): Findings => ({
  checks: all.flatMap(({ checks }) => checks),
  recomputed: all.flatMap(({ recomputed }) => recomputed),
});
