import type { MetricSource, StatedMetric } from '../core/attest/index.ts';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import {
  isMetricName,
  METRIC_NAMES,
  type MetricName,
  type PredictionSpec,
  parseDecimal,
  specProblem,
} from '../core/evaluation/index.ts';

export interface MetricFlags {
  readonly metric?: string[] | undefined;
  readonly 'from-log'?: string | undefined;
  readonly predictions?: string | undefined;
  readonly label?: string | undefined;
  readonly pred?: string | undefined;
  readonly score?: string | undefined;
  readonly positive?: string | undefined;
  readonly slice?: string[] | undefined;
}

/**
 * Where the flags say that the numbers come from.
 *
 * @throws StemmaError USAGE
 */
export function parseMetricSource(flags: MetricFlags): MetricSource {
  const given = flags.metric ?? [];
  if (given.length === 0) {
    throw new StemmaError('USAGE', 'expected at least one --metric', {
      hint: `--metric NAME=VALUE says one; with --predictions: ${METRIC_NAMES.join(', ')}`,
    });
  }
  if (flags.predictions !== undefined) return { kind: 'predictions', file: flags.predictions, spec: parseSpec(flags) };
  const metrics = given.map(parseStatedMetric);
  if (flags['from-log'] === undefined) return { kind: 'stated', metrics };
  return { kind: 'log', metrics, ...parseLogRecord(flags['from-log']) };
}

/** `NAME=VALUE`, or `NAME` alone for what is read from a log. The name may hold `=`: a value never does. */
function parseStatedMetric(text: string): StatedMetric {
  const equals = text.lastIndexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (name === '') throw new StemmaError('USAGE', `expected --metric NAME=VALUE, found ${quote(text, 80)}`);
  if (equals < 0) return { name, value: undefined };
  const value = parseDecimal(text.slice(equals + 1));
  if (value === undefined)
    throw new StemmaError(
      'USAGE',
      `expected a finite decimal number for the metric ${quote(name, 80)}, found ${quote(text.slice(equals + 1), 40)}`,
    );
  return { name, value };
}

/** `FILE:LINE`, where the file's name may hold a colon. */
function parseLogRecord(text: string): { readonly file: string; readonly record: number } {
  const [, file = '', line = ''] = /^(.+):([1-9]\d{0,14})$/s.exec(text) ?? [];
  if (file === '')
    throw new StemmaError(
      'USAGE',
      `expected --from-log FILE:LINE, with lines counted from 1, found ${quote(text, 80)}`,
    );
  return { file, record: Number(line) };
}

function parseSpec({ metric, label, pred, score, positive, slice }: MetricFlags): PredictionSpec {
  if (label === undefined)
    throw new StemmaError('USAGE', '--predictions needs the column of the true classes or values: --label COLUMN');
  const spec = {
    columns: { label, prediction: pred, score },
    metrics: splitList(metric).map(parseMetricName),
    positive,
    slices: splitList(slice),
  };
  const problem = specProblem(spec);
  if (problem === undefined) return spec;
  throw new StemmaError('USAGE', problem, {
    hint: 'columns are named with --label, --pred, --score and --slice, the positive class with --positive',
  });
}

const splitList = (values: readonly string[] | undefined): string[] =>
  (values ?? []).flatMap((value) => value.split(','));

function parseMetricName(name: string): MetricName {
  if (isMetricName(name)) return name;
  throw new StemmaError('USAGE', `${quote(name, 80)} cannot be computed from predictions`, {
    hint: `expected one of ${METRIC_NAMES.join(', ')}`,
  });
}
