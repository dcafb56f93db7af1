import type { StemmaError } from '../errors/index.ts';
import type { Signer } from '../keys/index.ts';
import type { RecordTree } from '../records/index.ts';

/**
 * When a log gets its next checkpoint: at whichever comes first, and only if it has new complete records. Both double after
 * every 256 checkpoints of a run.
 */
export interface CheckpointInterval {
  readonly seconds?: number;
  readonly records?: number;
}

export interface CheckpointOptions {
  readonly signer: Signer;
  /** `runInvocation(…)`: derived from the start and the key, after the CI system's id where there is one. */
  readonly invocation: string;
  readonly every: CheckpointInterval;
  /** `--checkpoint-out`: each checkpoint is appended at once, in one write, and synced. */
  readonly file?: string;
  /** Called with each checkpoint as it is made: whoever prints it, prints `note` as it is. */
  readonly onCheckpoint?: (checkpoint: CheckpointEntry, note: string) => void;
  /** Called once, with what keeps any more from being made. */
  readonly onProblem?: (problem: StemmaError) => void;
}

/** One checkpoint that was made, as the final provenance lists it. */
export interface CheckpointEntry {
  /** `stdout`, `stderr`, or the position of `--log` from 0. */
  readonly log: string;
  /** Origin and key name: `stemma.run/<invocation>/<log>`. */
  readonly origin: string;
  /** How many complete records it covers. */
  readonly size: number;
  /** Lower-case hex, 32 bytes. */
  readonly root: string;
  /** Lower-case hex SHA-256 of the signed note, signature lines included. */
  readonly sha256: string;
}

export interface CheckpointSummary {
  /** In the order in which they were made. */
  readonly checkpoints: readonly CheckpointEntry[];
  /** The first thing that kept a checkpoint from being made or written; none was made after it. */
  readonly problem?: StemmaError;
}

/** One log under watch. */
export interface WatchedLog {
  /** To be called after each `tree.push`: cheap, never waits, never throws. */
  advanced(): void;
}

/** Makes checkpoints of growing logs. The child that writes them is never held up and never ended for one that fails. */
export interface CheckpointWriter {
  /** @param tree the tree that the caller pushes the log into */
  watch(log: string, tree: RecordTree): WatchedLog;
  /** Makes a last checkpoint of every log that has grown since, and waits for what is being written. May be called again. */
  close(): Promise<CheckpointSummary>;
}
