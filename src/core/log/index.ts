export * from './c2sp/index.ts';
export { type CheckExtensionOptions, checkExtension } from './check-extension.ts';
export { type CheckLogOptions, checkLog } from './check-log.ts';
export type { CheckedCheckpoint, ComparedLog, LogCheckReport } from './log-check-report.ts';
export { type LogPrefixes, readPrefixes } from './prefixes.ts';
export { type ReadCheckpoint, readCheckpoints, type TrustedSigner } from './read-checkpoints.ts';
