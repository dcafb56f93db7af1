import type { HashName } from './algorithms.ts';
import type { SharedRing } from './ring.ts';
import type { Task, TaskResult } from './task.ts';

/** Given to a worker when it starts. */
export interface WorkerSetup {
  /** One BigInt64: the bytes this worker has read, for progress. */
  readonly bytesRead: SharedArrayBuffer;
}

/** What the pool asks of a worker; the answer to each is one `Done`. */
export type Job =
  /** Carry out tasks. */
  | { readonly kind: 'tasks'; readonly tasks: readonly Task[] }
  /** Carry out a task, putting each block into the ring. */
  | { readonly kind: 'lead'; readonly task: Task; readonly ring: SharedRing }
  /** Digest a whole file from the ring. */
  | {
      readonly kind: 'follow';
      readonly file: number;
      readonly hash: HashName;
      readonly size: number;
      readonly ring: SharedRing;
    };

export interface Done {
  readonly results: readonly TaskResult[];
  /** Whether the worker looked for the native BLAKE3 and found none. */
  readonly portable: boolean;
}
