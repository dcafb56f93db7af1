import type { ErrorCode } from '../errors/index.ts';
import type { HashName } from './algorithms.ts';
import type { FileIdentity } from './request.ts';

/**
 * The bytes `start` to `end` of one file and what to compute of them in one read. Crosses to the workers by structured
 * clone, so its arrays must own their buffers: a view would drag the whole buffer of the file's request along.
 */
export interface Task {
  /** Index of the file in the caller's list. */
  readonly file: number;
  readonly path: string;
  readonly location: string;
  readonly followLink: boolean;
  readonly identity: FileIdentity;
  readonly start: number;
  readonly end: number;
  /** Digests of the whole file: only where the task covers all of it. */
  readonly whole: readonly HashName[];
  /** One entry for each segment request of the file. */
  readonly segments: readonly TaskSegments[];
}

/** Consecutive segments that cover the bytes of a task. */
export interface TaskSegments {
  readonly hash: HashName;
  /** Index of the first one in the file's request. */
  readonly first: number;
  readonly lengths: Float64Array<ArrayBuffer>;
  /** Which ones to hash (1) and which to pass over (0); default all. */
  readonly wanted?: Uint8Array;
}

/** The digests of consecutive segments, and where they belong in the file's result: a byte offset. */
export interface SegmentDigests {
  readonly offset: number;
  readonly digests: Uint8Array<ArrayBuffer>;
}

export interface TaskResult {
  readonly file: number;
  readonly whole: Partial<Record<HashName, Uint8Array>>;
  /** One entry for each segment request of the file. */
  readonly segments: readonly SegmentDigests[];
  readonly error?: TaskError;
}

/** A StemmaError as structured clone can carry it. */
export interface TaskError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}
