export { digestLog, type LogDigest, recordKindOf } from './log-digest.ts';
export { LogFile } from './log-file.ts';
