export { GrowingLog } from './follow.ts';
export { type FollowedLog, type FollowOptions, LogFollower } from './follow-log.ts';
export { digestLog, type LogDigest, recordKindOf } from './log-digest.ts';
export { LogFile } from './log-file.ts';
export { type LoggedRecord, type LogWithRecord, MAX_METRIC_RECORD, readLogRecord } from './log-record.ts';
export {
  heldIn,
  isReading,
  type LogFormat,
  logFormatOf,
  type MetricReading,
  type MetricRecord,
  metricsIn,
  readMetric,
} from './metric.ts';
export { type EvaluatedPredictions, evaluatePredictions } from './predictions.ts';
