import type { StemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { HashName } from './algorithms.ts';

/** What a file was when it was listed (`stat` with `bigint: true`); any difference later means that it changed. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** In bytes. */
  readonly size: number;
  readonly mtimeNs: bigint;
}

/** Digests of the consecutive segments of a file. */
export interface SegmentRequest {
  readonly hash: HashName;
  /** Length of each segment in bytes, in file order; together the size of the file. An empty file is one segment of length 0. */
  readonly lengths: Float64Array;
  /** Indices of the segments to hash, ascending; the others are not read for this request and stay zero. Default: all. */
  readonly only?: Uint32Array;
}

export interface FileRequest {
  /** Relative to the model, for messages; untrusted. */
  readonly path: string;
  /** Where to open it: an absolute path. */
  readonly location: string;
  /** Whether the last component may be a symbolic link. */
  readonly followLink: boolean;
  readonly identity: FileIdentity;
  /** Digests of the whole file. */
  readonly whole: readonly HashName[];
  readonly segments: readonly SegmentRequest[];
}

export interface FileResult {
  readonly whole: Partial<Record<HashName, Uint8Array>>;
  /** For each segment request, its digests one after another. */
  readonly segments: readonly Uint8Array[];
  /** Why this file has no digests: `FILE_CHANGED`, `FILE_UNREADABLE` or `NOT_A_REGULAR_FILE`. All digests are then absent or to be ignored. */
  readonly error?: StemmaError | undefined;
}

export interface EngineOptions extends AbortOptions, ProgressOptions {
  /** Threads that hash; default one per core. */
  readonly jobs?: number;
  /** Names the work in progress events. */
  readonly phase: string;
}
