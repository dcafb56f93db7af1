export { isRecordable, parseDecimal, withoutNegativeZero } from './numbers.ts';
export { PredictionScores } from './prediction-scores.ts';
export {
  compareSlices,
  differences,
  MAX_GROUPS,
  type MetricValue,
  metricLabel,
  type PredictionResult,
  type Slicing,
  SMALL_SLICE,
  sliceLabel,
} from './result.ts';
export { type Row, type RowFormat, readFields, readHeader, readJsonRow, rowFormatOf } from './row.ts';
export {
  type Average,
  averageOf,
  isMetricName,
  MAX_SLICE_COLUMNS,
  METRIC_NAMES,
  type MetricName,
  type PredictionSpec,
  specProblem,
} from './spec.ts';
