import { StemmaError } from '../errors/index.ts';
import type { Collector } from './collector.ts';
import { createRing } from './ring.ts';
import type { Task } from './task.ts';
import { type HashingThread, takeThread } from './thread.ts';

/** Below this size two threads on one file gain less than they cost. */
const MIN_SHARED_BYTES = 16 * 1024 * 1024;
/** What a thread may get in advance: no more than another one may have to wait for at the end. */
const MAX_ADVANCE_BYTES = 48 * 1024 * 1024;

/** Hands batches to worker threads until all are done. One run, then it is finished. */
export class Pool {
  readonly #batches: Iterator<readonly Task[]>;
  readonly #collector: Collector;
  readonly #onStart: (path: string) => void;
  readonly #onPortable: () => void;
  readonly #threads: HashingThread[] = [];
  readonly #idle: HashingThread[] = [];
  /** Batches looked ahead at: enough to know whether there is one for every idle worker. */
  readonly #ahead: (readonly Task[])[] = [];
  readonly #outcome = Promise.withResolvers<void>();

  /** @param onPortable called where a worker has no native BLAKE3 */
  constructor(
    batches: Iterator<readonly Task[]>,
    collector: Collector,
    onStart: (path: string) => void,
    onPortable: () => void,
  ) {
    this.#batches = batches;
    this.#collector = collector;
    this.#onStart = onStart;
    this.#onPortable = onPortable;
    // Workers that stop after the run was given up reject it once more, with nobody waiting.
    this.#outcome.promise.catch(() => undefined);
  }

  /** Bytes read so far by all workers. */
  bytesRead(): number {
    return this.#threads.reduce((sum, thread) => sum + thread.bytesRead, 0);
  }

  /**
   * @param jobs how many workers to start at most
   * @throws StemmaError INTERRUPTED; when it throws, no worker is left alive
   */
  async run(jobs: number, signal: AbortSignal | undefined): Promise<void> {
    const abort = (): void => this.#outcome.reject(new StemmaError('INTERRUPTED', 'interrupted'));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.#lookAhead(jobs);
      const useful = this.#ahead.reduce((sum, batch) => sum + (isSharable(batch) ? 2 : 1), 0);
      while (this.#threads.length < Math.min(jobs, useful)) this.#idle.push(this.#start());
      this.#dispatch();
      await this.#outcome.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      await Promise.all(this.#threads.map((thread) => thread.stop()));
    }
  }

  #start(): HashingThread {
    const thread = takeThread();
    thread.onDone = ({ results, portable }) => {
      for (const result of results) this.#collector.add(result);
      if (portable) this.#onPortable();
      if (thread.jobs === 0) this.#idle.push(thread);
      this.#dispatch();
    };
    thread.onFailure = (error) => this.#outcome.reject(error);
    this.#threads.push(thread);
    return thread;
  }

  #dispatch(): void {
    try {
      while (this.#idle.length > 0) {
        this.#lookAhead(this.#idle.length);
        const batch = this.#ahead.shift();
        if (batch === undefined) break;
        this.#give(batch);
      }
      for (const thread of this.#threads) this.#giveNext(thread);
    } catch (error) {
      this.#outcome.reject(error);
    }
    if (this.#idle.length === this.#threads.length) this.#outcome.resolve();
  }

  #lookAhead(count: number): void {
    while (this.#ahead.length < count) {
      const next = this.#batches.next();
      if (next.done === true) return;
      this.#ahead.push(next.value);
    }
  }

  #give(batch: readonly Task[]): void {
    const [task] = batch;
    const lead = this.#idle.pop();
    if (task === undefined || lead === undefined) return;
    this.#onStart(task.path);
    const [hash, ...others] = task.whole;
    // An idle worker with no batch of its own to come takes the whole-file digest over.
    const follow =
      hash !== undefined && isSharable(batch) && this.#ahead.length < this.#idle.length ? this.#idle.pop() : undefined;
    if (hash === undefined || follow === undefined) {
      lead.post({ kind: 'tasks', tasks: batch });
      return;
    }
    const ring = createRing();
    lead.post({ kind: 'lead', task: { ...task, whole: others }, ring });
    follow.post({ kind: 'follow', file: task.file, hash, size: task.end, ring });
  }

  /** A busy thread gets a short batch in advance, so that it need not wait for this one between two. */
  #giveNext(thread: HashingThread): void {
    if (thread.jobs !== 1) return;
    this.#lookAhead(1);
    const [batch] = this.#ahead;
    if (batch === undefined || !isShort(batch)) return;
    this.#ahead.shift();
    thread.post({ kind: 'tasks', tasks: batch });
  }
}

function isSharable([task, ...rest]: readonly Task[]): boolean {
  return task !== undefined && rest.length === 0 && task.whole.length > 0 && task.end >= MIN_SHARED_BYTES;
}

function isShort(batch: readonly Task[]): boolean {
  return batch.reduce((bytes, { start, end }) => bytes + end - start, 0) <= MAX_ADVANCE_BYTES;
}
