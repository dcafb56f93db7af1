import path from 'node:path';
import type { EvaluationPredictions } from '../attestation/index.ts';
import { compareDigestSets } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { differences, metricLabel } from '../evaluation/index.ts';
import { digestLog, type EvaluatedPredictions, evaluatePredictions } from '../trainlog/index.ts';
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

/** An evaluation, and what the file at hand gives under its columns and metrics. */
interface Comparison {
  readonly of: TrustedEvaluation;
  readonly signed: EvaluationPredictions;
  readonly found: EvaluatedPredictions;
  /** Whether the file is the one that was signed. */
  readonly sameFile: boolean;
}

/**
 * `--predictions`: computes once more what each trusted evaluation of predictions says, from the file at hand. The columns and the
 * metrics come from the statement.
 *
 * @throws StemmaError PATH_NOT_FOUND, INTERRUPTED
 */
export async function checkPredictions(
  file: string,
  evaluations: readonly TrustedEvaluation[],
  options: VerifyOptions,
): Promise<PredictionsCheck> {
  const name = path.basename(file);
  try {
    const compared = await compareAll(file, evaluations, options);
    return judge(name, compared);
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED' || error.code === 'PATH_NOT_FOUND') throw error;
    const errorClass = error.errorClass === 'unavailable' ? 'unavailable' : 'malformed';
    return { check: { ...base(name), outcome: 'error', errorClass, message: error.message }, equal: [], different: [] };
  }
}

async function compareAll(
  file: string,
  evaluations: readonly TrustedEvaluation[],
  options: VerifyOptions,
): Promise<readonly Comparison[]> {
  const compared: Comparison[] = [];
  for (const of of evaluations) {
    const signed = of.evaluation.predictions;
    if (signed === undefined) continue;
    const found = await evaluatePredictions(file, signed.spec, options, signed.format);
    compared.push({ of, signed, found, sameFile: isSameFile(signed, found) });
  }
  // A file that is not there is a mistake of the caller, also where nothing is compared with it.
  if (compared.length === 0) await digestLog(file, options);
  return compared;
}

function isSameFile({ digest, size }: EvaluationPredictions, { file }: EvaluatedPredictions): boolean {
  const { equal, unequal } = compareDigestSets(digest, file.digests, true);
  return equal.length > 0 && unequal.length === 0 && size === file.size;
}

function judge(name: string, compared: readonly Comparison[]): PredictionsCheck {
  const same = compared.filter(({ sameFile }) => sameFile);
  const wrong = same.filter((each) => changes(each).length > 0);
  const right = same.filter((each) => !wrong.includes(each));
  const [bad] = wrong;
  if (bad !== undefined) {
    const message = `these are the predictions, but the numbers do not follow from them: ${changes(bad).join('; ')}`;
    return {
      check: { ...base(name), outcome: 'fail', message, evidence: bad.of.statement.ref },
      equal: [],
      different: wrong.map(({ of }) => of),
    };
  }
  const [good] = right;
  if (good !== undefined) {
    const check: Check = { ...base(name), outcome: 'pass', message: said(good), evidence: good.of.statement.ref };
    return { check, equal: right.map(({ of }) => of), different: [] };
  }
  const other =
    compared.find(({ signed }) => signed.name === name) ?? (compared.length === 1 ? compared[0] : undefined);
  if (other !== undefined) {
    const list = changes(other);
    const effect = list.length === 0 ? 'the numbers are the same' : list.join('; ');
    const message = `differs from the predictions that the evaluation lists (${counted(other)}): ${effect}`;
    return {
      check: { ...base(name), outcome: 'fail', message, evidence: other.of.statement.ref },
      equal: [],
      different: [],
    };
  }
  const message =
    compared.length === 0
      ? 'no trusted evaluation of these bytes was computed from predictions'
      : `none of the ${compared.length} evaluations was computed from this file`;
  const hint = 'evaluate the model with --predictions to commit to them';
  return { check: { ...base(name), outcome: 'missing', message, hint }, equal: [], different: [] };
}

const base = (name: string) =>
  ({ id: 'content.predictions', step: 'content', title: `predictions ${name}`, required: true }) as const;

const changes = ({ signed, found }: Comparison): readonly string[] => differences(signed.result, found.result);

const counted = ({ signed, found }: Comparison): string =>
  signed.size === found.file.size
    ? `${signed.size} records`
    : `it lists ${signed.size} records, the file has ${found.file.size}`;

function said({ signed }: Comparison): string {
  const numbers = signed.result.metrics.map((metric) => `${metricLabel(metric)} ${metric.value}`).join(', ');
  const small = smallSlices(signed);
  const flagged = small.length === 0 ? '' : `; fewer than 30 rows in ${small.join(', ')}`;
  return `${signed.result.rows} rows: root and SHA-256 equal; computed once more: ${numbers}${flagged}`;
}
