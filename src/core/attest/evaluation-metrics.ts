import type { Evaluation, EvaluationLog, EvaluationPredictions } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { isRecordable } from '../evaluation/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { evaluatePredictions, isReading, readLogRecord, readMetric } from '../trainlog/index.ts';
import type { MetricSource, StatedMetric } from './evaluation-options.ts';
import {
  requirePublishableNames,
  requirePublishableRecord,
  requirePublishableSlices,
  requirePublishableSpec,
} from './evaluation-publishable.ts';

/** What an evaluation says in numbers, and what it rests on. */
export type EvaluatedMetrics = Pick<Evaluation, 'metrics' | 'log' | 'predictions'>;

/**
 * Takes the numbers as said, holds them against the record that they were read from, or computes them from predictions.
 *
 * @throws StemmaError USAGE for metrics that nothing gives a value; METRIC_NOT_HELD; as `readLogRecord` and `evaluatePredictions`
 */
export async function readMetrics(
  source: MetricSource,
  options: AbortOptions & ProgressOptions,
): Promise<EvaluatedMetrics> {
  if (source.kind === 'predictions') return computeMetrics(source, options);
  requireDistinct(source.metrics);
  requirePublishableNames(
    'the name of a metric',
    source.metrics.map(({ name }) => name),
  );
  if (source.kind === 'log') return readFromLog(source, options);
  return { metrics: source.metrics.map(stated), log: undefined, predictions: undefined };
}

function requireDistinct(metrics: readonly StatedMetric[]): void {
  if (metrics.length === 0) throw new StemmaError('USAGE', 'expected at least one metric');
  const names = metrics.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new StemmaError('USAGE', `the metric ${quote(twice, 80)} is given twice`);
}

function stated({ name, value }: StatedMetric): { readonly name: string; readonly value: number } {
  if (value === undefined) {
    const hint = 'give it as NAME=VALUE, or name what it is read from: --from-log FILE:LINE or --predictions FILE';
    throw new StemmaError('USAGE', `the metric ${quote(name, 80)} has no value`, { hint });
  }
  return { name, value: recordable(name, value) };
}

async function readFromLog(
  { file, record: number, metrics }: Extract<MetricSource, { readonly kind: 'log' }>,
  options: AbortOptions & ProgressOptions,
): Promise<EvaluatedMetrics> {
  const { log, format, record, header } = await readLogRecord(file, number, options);
  const at = { format, record: record.bytes, header: header?.bytes };
  const where = `record ${number} of ${quote(log.name)}`;
  const read = metrics.map(({ name, value }) => {
    const reading = inRecord(where, () => readMetric(at, name));
    if (value !== undefined && !isReading(value, reading))
      throw new StemmaError('METRIC_NOT_HELD', `${where}: ${quote(name, 80)} is ${reading.value}, not ${value}`);
    return { name, value: recordable(name, value ?? reading.value) };
  });
  requirePublishableRecord(where, at);
  const { name, digests: digest, size } = log;
  const evaluationLog: EvaluationLog = { name, digest, size, format, record, header };
  return { metrics: read, log: evaluationLog, predictions: undefined };
}

function inRecord<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error;
    throw new StemmaError(error.code, `${where}: ${error.message}`, { cause: error });
  }
}

async function computeMetrics(
  { file, spec }: Extract<MetricSource, { readonly kind: 'predictions' }>,
  options: AbortOptions & ProgressOptions,
): Promise<EvaluatedMetrics> {
  requirePublishableSpec(spec);
  const { file: digest, format, result } = await evaluatePredictions(file, spec, options);
  requirePublishableSlices(result);
  const { name, digests, size } = digest;
  const predictions: EvaluationPredictions = { name, digest: digests, size, format, spec, result };
  // A metric that is not defined over all rows was refused.
  const metrics = result.metrics.map((metric) => ({ ...metric, value: metric.value ?? 0 }));
  return { metrics, log: undefined, predictions };
}

function recordable(name: string, value: number): number {
  if (isRecordable(value)) return value;
  throw new StemmaError('USAGE', `the metric ${quote(name, 80)} is ${value}, which no statement can hold`, {
    hint: 'a metric is a finite number, as a whole number at most 2^53-1',
  });
}
