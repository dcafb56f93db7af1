import { type DigestSet, LOG_TREE } from '../../digest/pure.ts';
import type { StemmaError } from '../../errors/index.ts';
import {
  averageOf,
  compareSlices,
  isMetricName,
  MAX_GROUPS,
  type MetricName,
  type PredictionSpec,
  SMALL_SLICE,
  specProblem,
} from '../../evaluation/index.ts';
import { malformed } from '../json-fields.ts';
import type { EvaluationJson } from './evaluation-schema.ts';

type PredictionsJson = NonNullable<EvaluationJson['predictions']>;

const bad = (pointer: string, why: string): StemmaError => malformed('PREDICATE_INVALID', `/predicate${pointer}`, why);

/**
 * What the schema cannot say: whether the members of an evaluation agree with each other. Whether a record stands in its log and
 * holds the metrics is for the verifier to find out, since that is a contradiction and no malformed statement.
 *
 * @throws StemmaError PREDICATE_INVALID
 */
export function checkEvaluation(json: EvaluationJson): void {
  const { dataset, metrics, log, predictions } = json;
  if (log !== undefined && predictions !== undefined)
    throw bad('', 'expected metrics of a log or of predictions, found both');
  if (dataset === undefined && predictions === undefined)
    throw bad('', 'expected a dataset or predictions, found neither');
  const names = metrics.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw bad('/metrics', 'expected each metric once');
  if (log !== undefined) checkLog(log);
  if (predictions !== undefined) checkPredictions(predictions, metrics);
  else if (metrics.some(({ average }) => average !== undefined))
    throw bad('/metrics', 'a mean is said of metrics that were computed from predictions, and of no other');
}

/** What predictions were evaluated for, out of a statement whose schema was checked. */
export function specOf({ columns, positive, slices = [] }: PredictionsJson, names: readonly string[]): PredictionSpec {
  return { columns, positive, metrics: names.filter(isMetricName), slices: slices.map(({ column }) => column) };
}

function checkTree(
  at: string,
  { digest, tree }: { readonly digest: DigestSet; readonly tree: { readonly root: string } },
): void {
  if (digest[LOG_TREE] !== tree.root)
    throw bad(`${at}/digest/${LOG_TREE}`, 'expected the root of the tree, found another or none');
  if (digest['sha256'] === undefined) throw bad(`${at}/digest/sha256`, 'expected sha256, found none');
}

function checkLog(log: NonNullable<EvaluationJson['log']>): void {
  checkTree('/log', log);
  const hasColumns = log.format === 'csv' || log.format === 'tsv';
  if (hasColumns !== (log.header !== undefined))
    throw bad('/log/header', 'expected a header with csv and tsv, and with them alone');
  if (log.header !== undefined && log.header.index !== 0)
    throw bad('/log/header/index', `expected 0, found ${log.header.index}`);
  const { index } = log.record;
  if (index >= log.tree.size || (hasColumns && index === 0))
    throw bad('/log/record/index', `expected a record of ${log.tree.size}, found ${index}`);
}

function checkPredictions(predictions: PredictionsJson, metrics: EvaluationJson['metrics']): void {
  checkTree('/predictions', predictions);
  const unknown = metrics.findIndex(({ name }) => !isMetricName(name));
  if (unknown >= 0) throw bad(`/metrics/${unknown}/name`, 'expected a metric that can be computed from predictions');
  const names = metrics.map(({ name }) => name);
  const spec = specOf(predictions, names);
  const problem = specProblem(spec);
  if (problem !== undefined) throw bad('/predictions', problem);
  const { rows, tree, format, slices = [] } = predictions;
  const expected = tree.size - (format === 'jsonl' ? 0 : 1);
  if (rows !== expected) throw bad('/predictions/rows', `expected ${expected}, found ${rows}`);
  checkMetrics('/metrics', metrics, spec);
  const groupCount = slices.reduce((sum, { groups }) => sum + groups.length, 0);
  if (groupCount > MAX_GROUPS)
    throw bad('/predictions/slices', `expected at most ${MAX_GROUPS} groups, found ${groupCount}`);
  for (const [index, { groups, gaps }] of slices.entries()) {
    const at = `/predictions/slices/${index}`;
    checkMetrics(`${at}/gaps`, gaps, spec);
    if (groups.reduce((sum, group) => sum + group.rows, 0) !== rows)
      throw bad(`${at}/groups`, `expected ${rows} rows in all groups`);
    const misplaced = groups.findIndex((group, i) => i > 0 && compareSlices(groups[i - 1] ?? group, group) >= 0);
    if (misplaced >= 0)
      throw bad(`${at}/groups/${misplaced}/value`, 'expected each value once, sorted by the UTF-8 bytes of its text');
    for (const [position, group] of groups.entries()) {
      checkMetrics(`${at}/groups/${position}/metrics`, group.metrics, spec);
      if ((group.small === true) !== group.rows < SMALL_SLICE)
        throw bad(`${at}/groups/${position}/small`, `expected true under ${SMALL_SLICE} rows, and absent otherwise`);
    }
  }
}

/** The same metrics everywhere, in the same order and with the same mean. */
function checkMetrics(
  at: string,
  list: readonly { readonly name: string; readonly average?: string | undefined }[],
  spec: PredictionSpec,
): void {
  const key = (name: string, average: string | undefined): string => `${name} ${average ?? ''}`;
  const expected = spec.metrics.map((name: MetricName) => key(name, averageOf(name, spec)));
  const found = list.map(({ name, average }) => key(name, average));
  if (found.join() !== expected.join()) throw bad(at, `expected ${expected.join(', ')}, found ${found.join(', ')}`);
}
