export { childEnvironment, recordedEnvironment } from './environment.ts';
export { changedFiles, type FolderSnapshot, snapshotFolder } from './folder-snapshot.ts';
export { detectGpus, type Gpu } from './gpus.ts';
export { findLockfiles } from './lockfiles.ts';
export type { Observation } from './observe/observation.ts';
export { pythonVersions } from './python.ts';
export { type CommandOptions, type CommandResult, runCommand } from './run-command.ts';
export type { StreamDigest } from './stream-log.ts';
export { type WrappedCommand, wrapCommand } from './wrapper.ts';
