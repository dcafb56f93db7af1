import type { Errors, Recomputation, TensorResult } from '../recompute/index.ts';
import type { Figure, Rebuilt, RebuiltTensor } from './report.ts';

/** A recomputation as the report has it: JSON has no number for what is not finite. */
export function rebuiltEntry(
  relation: Rebuilt['relation'],
  parents: readonly string[],
  result: Recomputation,
): Rebuilt {
  const { outcome, tensors, exact, renamed, missing, unequal, undecided } = result;
  return {
    relation,
    parents,
    outcome,
    tensors,
    exact,
    renamed,
    missing,
    unequal: unequal.map(tensorEntry),
    ...(undecided === undefined ? {} : { undecided }),
  };
}

function tensorEntry({ errors, ...rest }: TensorResult): RebuiltTensor {
  return errors === undefined ? rest : { ...rest, errors: figures(errors) };
}

function figures({ differing, worst, largest, mean }: Errors): NonNullable<RebuiltTensor['errors']> {
  return {
    differing,
    ...(worst === undefined
      ? {}
      : { worst: { index: worst.index, expected: figure(worst.expected), found: figure(worst.found) } }),
    largest: figure(largest),
    mean: figure(mean),
  };
}

const figure = (value: number): Figure => (Number.isFinite(value) ? value : (String(value) as Figure));
