import { quote } from '../bytes/index.ts';

/** What can be computed from predictions; docs/formats/evaluation.md defines each. */
export const METRIC_NAMES = ['accuracy', 'precision', 'recall', 'f1', 'auc', 'rmse'] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

/** Those that a class other than the positive one, or the mean over all classes, has as well. */
const PER_CLASS: readonly MetricName[] = ['precision', 'recall', 'f1'];

export interface PredictionColumns {
  /** The true class or value. */
  readonly label: string;
  /** The predicted one. */
  readonly prediction?: string | undefined;
  /** How sure the model is of the positive class: larger is surer. */
  readonly score?: string | undefined;
}

/** What is to be computed from a file of predictions. */
export interface PredictionSpec {
  readonly columns: PredictionColumns;
  /** Each once. */
  readonly metrics: readonly MetricName[];
  /** The positive class, as text; without it precision, recall and F1 are means over all classes. */
  readonly positive?: string | undefined;
  /** Columns whose values each make a slice. */
  readonly slices: readonly string[];
}

export type Average = 'binary' | 'macro';

export const MAX_SLICE_COLUMNS = 16;

/** Which mean a metric is, where it could be two. */
export function averageOf(metric: MetricName, { positive }: PredictionSpec): Average | undefined {
  if (!PER_CLASS.includes(metric)) return undefined;
  return positive === undefined ? 'macro' : 'binary';
}

export function isMetricName(name: string): name is MetricName {
  return (METRIC_NAMES as readonly string[]).includes(name);
}

/** Why these metrics cannot be computed from these columns, or undefined. */
export function specProblem({ columns, metrics, positive, slices }: PredictionSpec): string | undefined {
  if (metrics.length === 0) return 'expected at least one metric';
  const twice = repeated(metrics) ?? repeated(slices);
  if (twice !== undefined) return `${quote(twice, 80)} is given twice`;
  if (slices.length > MAX_SLICE_COLUMNS)
    return `expected at most ${MAX_SLICE_COLUMNS} columns of slices, found ${slices.length}`;
  for (const metric of metrics) {
    if (metric === 'auc' && columns.score === undefined) return 'auc needs the column of the scores';
    if (metric === 'auc' && positive === undefined) return 'auc needs the positive class';
    if (metric !== 'auc' && columns.prediction === undefined) return `${metric} needs the column of the predictions`;
  }
  if (positive !== undefined && !metrics.some((metric) => metric === 'auc' || PER_CLASS.includes(metric)))
    return `no metric of ${metrics.join(', ')} has a positive class`;
  if (columns.score !== undefined && !metrics.includes('auc')) return `no metric of ${metrics.join(', ')} uses scores`;
  return undefined;
}

const repeated = (names: readonly string[]): string | undefined =>
  names.find((name, index) => names.indexOf(name) !== index);
