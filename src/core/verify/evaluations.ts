import type { Evaluation } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import type { Candidate } from './checks/candidate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import { evaluationFacts } from './checks/evaluation-facts.ts';
import { recordProblem } from './evaluation-record.ts';
import type { VerifyOptions } from './options.ts';
import type { Check, Fact } from './report.ts';

/** A trusted evaluation of these bytes. */
export interface TrustedEvaluation {
  readonly statement: ClassifiedStatement;
  /** Labels of the trusted signers, be it for the model or by a policy. */
  readonly signers: readonly string[];
  readonly evaluation: Evaluation;
}

/** What became of the evaluations of a model. */
export interface EvaluationFindings {
  readonly checks: readonly Check[];
  /** Numbers that were computed here once more from the predictions, and are those that were signed. */
  readonly recomputed: readonly Fact[];
  /** Statements whose numbers are not those of the evidence that they name: they fulfil no requirement. */
  readonly contradicted: ReadonlySet<ClassifiedStatement>;
}

/**
 * Step 4 of design §5 for metrics: each trusted evaluation of these bytes against the record that it carries, and against the
 * predictions that the caller gave.
 *
 * @param byPolicy evaluations of these bytes by signers of the policy: what it relies on must not contradict itself either
 * @throws StemmaError PATH_NOT_FOUND, INTERRUPTED
 */
export async function checkEvaluations(
  matched: readonly Candidate[],
  byPolicy: readonly TrustedEvaluation[],
  options: VerifyOptions,
): Promise<EvaluationFindings> {
  const evaluations = distinct([...trustedEvaluations(matched), ...byPolicy]);
  const checks: Check[] = [];
  const contradicted = new Set<ClassifiedStatement>();
  const recomputed: Fact[] = [];
  const seen = new Set<ClassifiedStatement>();
  for (const file of options.predictions) {
    // Loaded where it is asked for: most verifications start without.
    const { checkPredictions } = await import('./predictions.ts');
    const { check, equal, different } = await checkPredictions(file, evaluations, options);
    checks.push(check);
    for (const each of equal) recomputed.push(...evaluationFacts(each.evaluation));
    for (const { statement } of different) contradicted.add(statement);
    for (const { statement } of [...equal, ...different]) seen.add(statement);
  }
  for (const each of evaluations) {
    const { statement } = each;
    if (seen.has(statement)) continue;
    const check = recordCheck(each);
    if (check.outcome === 'fail') contradicted.add(statement);
    checks.push(check);
  }
  return { checks, recomputed, contradicted };
}

function trustedEvaluations(matched: readonly Candidate[]): readonly TrustedEvaluation[] {
  return matched.flatMap(({ statement }) => {
    const { content, trust, signers } = statement;
    if (content.kind !== 'evaluation' || trust !== 'trusted') return [];
    return [{ statement, signers: signers.map(({ label }) => label), evaluation: content.evaluation }];
  });
}

/** One of each signed payload: a copy says nothing more. */
function distinct(evaluations: readonly TrustedEvaluation[]): readonly TrustedEvaluation[] {
  const seen = new Set<string>();
  return evaluations.filter(({ statement: { ref } }) => {
    const isCopy = ref.pae !== undefined && seen.has(ref.pae);
    seen.add(ref.pae ?? '');
    return !isCopy;
  });
}

/** Required only where it fails: nobody asked for numbers, but a trusted signer has signed ones that his own evidence denies. */
function recordCheck({ statement: { ref }, signers, evaluation }: TrustedEvaluation): Check {
  const base = {
    id: 'content.evaluation',
    step: 'content',
    title: 'metrics against what they were read from',
    required: false,
    evidence: ref,
  } as const;
  const { log, predictions, metrics } = evaluation;
  if (log !== undefined) {
    const problem = recordProblem(evaluation, log);
    const held = `${metrics.length === 1 ? 'the metric stands' : `the ${metrics.length} metrics stand`} in`;
    if (problem === undefined) {
      const message = `${held} record ${log.record.index + 1} of ${quote(log.name)}, one of ${log.size}`;
      return { ...base, outcome: 'pass', message };
    }
    const message = `an evaluation signed by ${signers.join(', ')} contradicts its own evidence: ${problem}`;
    return {
      ...base,
      required: true,
      outcome: 'fail',
      message,
      hint: 'do not rely on its numbers; ask who signed them',
    };
  }
  if (predictions === undefined)
    return { ...base, outcome: 'skip', message: 'the signer says them, and names nothing that they were read from' };
  const message = `computed by the signer from ${predictions.result.rows} predictions in ${quote(predictions.name)}`;
  return { ...base, outcome: 'skip', message, hint: 'compute them once more with --predictions FILE' };
}
