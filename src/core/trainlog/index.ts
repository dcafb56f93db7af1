export { GrowingLog } from './follow.ts';
export { LogFollower } from './follow-log.ts';
export { digestLog, digestSaltedLog, type LogDigest, recordKindOf, type SaltedLogFile } from './log-digest.ts';
export { LogFile } from './log-file.ts';
export { type LoggedRecord, readLogRecord } from './log-record.ts';
export { isReading, type MetricRecord, metricsIn, readMetric } from './metric.ts';
export { evaluatePredictions } from './predictions.ts';
