export { digestLog, type LogDigest } from './log-digest.ts';
