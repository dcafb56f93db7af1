import { type Evaluation, parseEvaluation, type Statement } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { isStemmaError } from '../errors/index.ts';
import type { SliceRule } from './schema-requirement.ts';

export interface SliceProblem {
  readonly outcome: 'fail' | 'unknown';
  readonly message: string;
}

/** Whether an evaluation shows that a metric differs between the groups of each column by no more than the rule allows. */
export function sliceProblem(rules: readonly SliceRule[], statement: Statement): SliceProblem | undefined {
  let evaluation: Evaluation;
  try {
    evaluation = parseEvaluation(statement);
  } catch (error) {
    if (isStemmaError(error)) return { outcome: 'fail', message: error.message };
    throw error;
  }
  for (const rule of rules) {
    const problem = oneProblem(rule, evaluation);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function oneProblem({ column, metric, average, maxGap }: SliceRule, evaluation: Evaluation): SliceProblem | undefined {
  const slices = evaluation.predictions?.result.slices?.filter((slice) => slice.column === column) ?? [];
  const gaps = slices.flatMap((slice) => slice.gaps).filter((gap) => gap.name === metric && gap.average === average);
  const what = `a gap in ${average === undefined ? metric : `${average} ${metric}`} over ${quote(column, 80)}`;
  if (gaps.length === 0) return { outcome: 'fail', message: `expected ${what}, found none` };
  if (gaps.some(({ value }) => value === null)) return { outcome: 'unknown', message: `${what} is not defined` };
  const wide = gaps.find(({ value }) => !(value !== null && value <= maxGap));
  return wide === undefined
    ? undefined
    : { outcome: 'fail', message: `expected ${what} of at most ${maxGap}, found ${wide.value}` };
}
