import { Worker } from 'node:worker_threads';
import { StemmaError } from '../errors/index.ts';
import type { Collector } from './collector.ts';
import type { Done, Job, WorkerSetup } from './messages.ts';
import { createRing } from './ring.ts';
import type { Task } from './task.ts';

const WORKER_URL = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('./worker.js', import.meta.url);
/** Below this size two threads on one file gain less than they cost. */
const MIN_SHARED_BYTES = 16 * 1024 * 1024;

interface Member {
  readonly worker: Worker;
  readonly bytesRead: BigInt64Array;
}

/** Hands batches to worker threads until all are done. One run, then it is finished. */
export class Pool {
  readonly #batches: Iterator<readonly Task[]>;
  readonly #collector: Collector;
  readonly #onStart: (path: string) => void;
  readonly #members: Member[] = [];
  readonly #idle: Member[] = [];
  /** Batches looked ahead at: enough to know whether there is one for every idle worker. */
  readonly #ahead: (readonly Task[])[] = [];
  readonly #outcome = Promise.withResolvers<void>();

  constructor(batches: Iterator<readonly Task[]>, collector: Collector, onStart: (path: string) => void) {
    this.#batches = batches;
    this.#collector = collector;
    this.#onStart = onStart;
    // Workers that stop after the run was given up reject it once more, with nobody waiting.
    this.#outcome.promise.catch(() => undefined);
  }

  /** Bytes read so far by all workers. */
  bytesRead(): number {
    return this.#members.reduce((sum, member) => sum + Number(Atomics.load(member.bytesRead, 0)), 0);
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
      while (this.#members.length < Math.min(jobs, useful)) this.#idle.push(this.#start());
      this.#dispatch();
      await this.#outcome.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
    }
  }

  #start(): Member {
    const bytesRead = new SharedArrayBuffer(8);
    const workerData: WorkerSetup = { bytesRead };
    const worker = new Worker(WORKER_URL, { workerData });
    const member: Member = { worker, bytesRead: new BigInt64Array(bytesRead) };
    worker.on('message', (done: Done) => {
      for (const result of done) this.#collector.add(result);
      this.#idle.push(member);
      this.#dispatch();
    });
    worker.on('error', (error) => this.#outcome.reject(error));
    worker.on('messageerror', (error) => this.#outcome.reject(error));
    worker.on('exit', (code) => this.#outcome.reject(new Error(`a hashing worker stopped with exit code ${code}`)));
    this.#members.push(member);
    return member;
  }

  #dispatch(): void {
    try {
      while (this.#idle.length > 0) {
        this.#lookAhead(this.#idle.length);
        const batch = this.#ahead.shift();
        if (batch === undefined) break;
        this.#give(batch);
      }
    } catch (error) {
      this.#outcome.reject(error);
    }
    if (this.#idle.length === this.#members.length) this.#outcome.resolve();
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
      post(lead, { kind: 'tasks', tasks: batch }, batch);
      return;
    }
    const ring = createRing();
    post(lead, { kind: 'lead', task: { ...task, whole: others }, ring }, batch);
    post(follow, { kind: 'follow', file: task.file, hash, size: task.end, ring }, []);
  }
}

function isSharable([task, ...rest]: readonly Task[]): boolean {
  return task !== undefined && rest.length === 0 && task.whole.length > 0 && task.end >= MIN_SHARED_BYTES;
}

function post(member: Member, job: Job, tasks: readonly Task[]): void {
  // The arrays of lengths are moved, not copied: each was made for its task.
  const moved = tasks.flatMap((task) => task.segments.map(({ lengths }) => lengths.buffer));
  member.worker.postMessage(job, moved);
}
