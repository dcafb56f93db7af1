import { quote } from '../../bytes/index.ts';
import type { Errors, Recomputation, RecomputeOutcome, TensorResult } from '../../recompute/index.ts';
import type { Check, Outcome } from '../report.ts';

/** Only what is exact passes: that something is close is for people to judge. */
const OUTCOMES: Readonly<Record<RecomputeOutcome, Outcome>> = {
  exact: 'pass',
  close: 'unknown',
  undecided: 'unknown',
  different: 'fail',
};

/** Tensors that a message names; the report lists more. */
const NAMED = 3;

/**
 * What computing a child again came to, in a sentence.
 *
 * @param parents their names, for people
 */
export function recomputeResult(
  result: Recomputation,
  parents: readonly string[],
): Pick<Check, 'outcome' | 'message' | 'hint'> {
  const from = `${parents.map((name) => quote(name, 80)).join(' and ')} ${parents.length === 1 ? 'gives' : 'give'}`;
  const outcome = OUTCOMES[result.outcome];
  if (result.undecided !== undefined) return { outcome, message: `not computed: ${result.undecided}` };
  if (result.outcome === 'exact') return { outcome, message: `${tensors(result)} bit for bit what ${from}` };
  const { unequal, missing } = result;
  const problems = [
    ...unequal.slice(0, NAMED).map(describeTensor),
    ...missing.slice(0, NAMED).map((name) => `${quote(name, 80)} of the parent is left out`),
  ];
  const more = result.tensors - result.exact + missing.length - problems.length;
  const rest = more > 0 ? `; and ${more} more` : '';
  const summary = `${result.exact} of ${result.tensors} tensors are bit for bit what ${from}`;
  return {
    outcome,
    message: `${summary}: ${problems.join('; ')}${rest}`,
    ...(result.outcome === 'close' ? { hint: CLOSE } : {}),
  };
}

const CLOSE =
  'rounding in another order, as other programs and processors do it, explains such errors; so might a change that small';

function tensors({ exact, renamed }: Recomputation): string {
  const all = exact === 1 ? 'its one tensor is' : `all ${exact} tensors are`;
  return renamed === 0 ? all : `${exact === 1 ? 'its one tensor' : `all ${exact} tensors`}, ${renamed} renamed, are`;
}

function describeTensor({ tensor, why, errors }: TensorResult): string {
  const found = errors === undefined ? '' : describeErrors(errors);
  return `${quote(tensor, 80)}: ${[why, found].filter((text) => text !== undefined && text !== '').join('; ')}`;
}

function describeErrors({ differing, worst, largest, mean }: Errors): string {
  if (worst === undefined) return '';
  const values = `${differing} value${differing === 1 ? '' : 's'} differ${differing === 1 ? 's' : ''}`;
  const at = `most at index ${worst.index}, where ${figure(worst.expected)} was expected and ${figure(worst.found)} found`;
  return `${values}, ${at}; largest error ${figure(largest)}, mean ${figure(mean)}`;
}

/** Nine digits tell every binary32 from its neighbours. */
const figure = (value: number): string => (Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(9))));
