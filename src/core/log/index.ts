export * from './c2sp/index.ts';
export { type CheckExtensionOptions, checkExtension } from './check-extension.ts';
export { type CheckLogOptions, checkLog } from './check-log.ts';
export type { CheckedCheckpoint, ComparedLog, LogCheckReport } from './log-check-report.ts';
export type { TrustedSigner } from './read-checkpoints.ts';
