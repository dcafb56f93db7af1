import path from 'node:path';
import type { EvaluationPredictions } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { compareDigestSets } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { differences, metricLabel } from '../evaluation/index.ts';
import { digestLog, evaluatePredictions, type LogDigest } from '../trainlog/index.ts';
import { smallSlices } from './checks/evaluation-facts.ts';
import type { TrustedEvaluation } from './evaluations.ts';
import type { VerifyOptions } from './options.ts';
import type { Check } from './report.ts';

export interface PredictionsCheck {
  readonly check: Check;
  /** Evaluations whose numbers follow from the file. */
  readonly equal: readonly TrustedEvaluation[];
  /** Evaluations of this very file whose numbers do not. */
  readonly different: readonly TrustedEvaluation[];
}

/** A trusted evaluation that was computed from predictions. */
interface Signed {
  readonly of: TrustedEvaluation;
  readonly predictions: EvaluationPredictions;
}

/**
 * `--predictions`: computes once more what the trusted evaluations of this very file say. The columns and the metrics come from
 * the statement. A file that none of them is about is another one: then what it would change is said of the evaluation that is meant.
 *
 * @throws StemmaError PATH_NOT_FOUND, INTERRUPTED
 */
export async function checkPredictions(
  file: string,
  evaluations: readonly TrustedEvaluation[],
  options: VerifyOptions,
): Promise<PredictionsCheck> {
  const name = path.basename(file);
  const signed = evaluations.flatMap((of): Signed[] =>
    of.evaluation.predictions === undefined ? [] : [{ of, predictions: of.evaluation.predictions }],
  );
  try {
    const found = await digestLog(file, options);
    const same = signed.filter(({ predictions }) => isSameFile(predictions, found));
    return same.length > 0 ? await recompute(file, same, options) : await otherFile(file, found, signed, options);
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED' || error.code === 'PATH_NOT_FOUND') throw error;
    const errorClass = error.errorClass === 'unavailable' ? 'unavailable' : 'malformed';
    return { check: { ...base(name), outcome: 'error', errorClass, message: error.message }, equal: [], different: [] };
  }
}

function isSameFile({ digest, size }: EvaluationPredictions, file: LogDigest): boolean {
  const { equal, unequal } = compareDigestSets(digest, file.digests, true);
  return equal.length > 0 && unequal.length === 0 && size === file.size;
}

/** The file is the signed one: every number of every evaluation of it has to follow. */
async function recompute(file: string, same: readonly Signed[], options: VerifyOptions): Promise<PredictionsCheck> {
  const equal: TrustedEvaluation[] = [];
  const different: TrustedEvaluation[] = [];
  let wrong: Check | undefined;
  const name = path.basename(file);
  for (const { of, predictions } of same) {
    const found = await evaluatePredictions(file, predictions.spec, options, predictions.format);
    if (!isSameFile(predictions, found.file))
      throw new StemmaError('FILE_CHANGED', `${quote(name)} changed while it was read`);
    const changed = differences(predictions.result, found.result);
    (changed.length === 0 ? equal : different).push(of);
    if (changed.length === 0) continue;
    const message = `these are the predictions, but the numbers do not follow from them: ${changed.join('; ')}`;
    wrong ??= { ...base(name), outcome: 'fail', message, evidence: of.statement.ref };
  }
  const [first] = same;
  const message = said(same.map(({ predictions }) => predictions));
  const right: Check = { ...base(name), outcome: 'pass', message, ...(first && { evidence: first.of.statement.ref }) };
  return { check: wrong ?? right, equal, different };
}

/** The file is not a signed one: the evaluation that is meant is the one of its name, or the only one. */
async function otherFile(
  file: string,
  found: LogDigest,
  signed: readonly Signed[],
  options: VerifyOptions,
): Promise<PredictionsCheck> {
  const none = { equal: [], different: [] };
  const meant =
    signed.find(({ predictions }) => predictions.name === found.name) ?? (signed.length === 1 ? signed[0] : undefined);
  if (meant === undefined) {
    const message =
      signed.length === 0
        ? 'no trusted evaluation of these bytes was computed from predictions'
        : `none of the ${signed.length} evaluations was computed from this file`;
    const hint = 'evaluate the model with --predictions to commit to them';
    return { check: { ...base(found.name), outcome: 'missing', message, hint }, ...none };
  }
  const { of, predictions } = meant;
  const counts =
    predictions.size === found.size
      ? `${found.size} records`
      : `it lists ${predictions.size} records, the file has ${found.size}`;
  const message = `differs from the predictions that the evaluation lists (${counts}): ${await effect(file, predictions, options)}`;
  return { check: { ...base(found.name), outcome: 'fail', message, evidence: of.statement.ref }, ...none };
}

/** What the difference does to the numbers. */
async function effect(
  file: string,
  { spec, format, result }: EvaluationPredictions,
  options: VerifyOptions,
): Promise<string> {
  try {
    const changed = differences(result, (await evaluatePredictions(file, spec, options, format)).result);
    return changed.length === 0 ? 'the numbers are the same' : changed.join('; ');
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
    return error.message;
  }
}

const base = (name: string) =>
  ({ id: 'content.predictions', step: 'content', title: `predictions ${name}`, required: true }) as const;

const MAX_NUMBERS = 20;

/** All of them are about one file. */
function said(all: readonly EvaluationPredictions[]): string {
  const each = all.flatMap(({ result }) => result.metrics.map((metric) => `${metricLabel(metric)} ${metric.value}`));
  const numbers = [...new Set(each)];
  const named = numbers.slice(0, MAX_NUMBERS).join(', ') + (numbers.length > MAX_NUMBERS ? ' and more' : '');
  const small = new Set(all.flatMap(smallSlices));
  const flagged = small.size === 0 ? '' : `; fewer than 30 rows in ${[...small].join(', ')}`;
  const rows = all[0]?.result.rows ?? 0;
  return `${rows} rows: root and SHA-256 equal; computed once more: ${named}${flagged}`;
}
