export { digestLog, type LogDigest, recordKindOf } from './log-digest.ts';
