import { Worker } from 'node:worker_threads';
import type { Done, Job, WorkerSetup } from './messages.ts';

const WORKER_URL = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('./worker.js', import.meta.url);

/** Started ahead of the work that they are for. */
const waiting: HashingThread[] = [];

/** One worker thread. Whoever takes it gives it jobs and stops it. */
export class HashingThread {
  readonly #worker: Worker;
  readonly #bytesRead = new BigInt64Array(new SharedArrayBuffer(8));
  /** Set where it broke. */
  failure: Error | undefined;
  /** Given and not yet answered. */
  jobs = 0;
  onDone: ((done: Done) => void) | undefined;
  onFailure: ((error: Error) => void) | undefined;
  /** Called once it runs. */
  onReady: (() => void) | undefined;

  constructor() {
    const workerData: WorkerSetup = { bytesRead: this.#bytesRead.buffer };
    this.#worker = new Worker(WORKER_URL, { workerData });
    const fail = (error: Error): void => {
      this.failure ??= error;
      this.onFailure?.(error);
    };
    this.#worker.once('online', () => this.onReady?.());
    this.#worker.on('message', (done: Done) => {
      this.jobs--;
      this.onDone?.(done);
    });
    this.#worker.on('error', fail);
    this.#worker.on('messageerror', fail);
    this.#worker.on('exit', (code) => fail(new Error(`a hashing worker stopped with exit code ${code}`)));
  }

  /** Bytes read so far. */
  get bytesRead(): number {
    return Number(Atomics.load(this.#bytesRead, 0));
  }

  post(job: Job): void {
    const tasks = job.kind === 'tasks' ? job.tasks : job.kind === 'lead' ? [job.task] : [];
    // The arrays of lengths are moved, not copied: each was made for its task.
    const moved = tasks.flatMap((task) => task.segments.map(({ lengths }) => lengths.buffer));
    this.jobs++;
    this.#worker.postMessage(job, moved);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Whether it keeps the process alive. */
  hold(alive: boolean): this {
    if (alive) this.#worker.ref();
    else this.#worker.unref();
    return this;
  }
}

/**
 * Starts threads now, while the caller is busy loading or parsing what is to be hashed: a start takes some 50 ms of another
 * core. They go to the next `hashFiles` that needs threads; where none comes, they end with the process.
 */
export function startThreadsAhead(count: number): void {
  if (waiting.length >= count) return;
  const thread = new HashingThread().hold(false);
  waiting.push(thread);
  // One after the other: more at once would hold up the caller, who may have no third core.
  thread.onReady = () => {
    if (waiting.includes(thread)) startThreadsAhead(count);
  };
}

/** A thread that was started ahead, or a new one. */
export function takeThread(): HashingThread {
  for (let thread = waiting.pop(); thread !== undefined; thread = waiting.pop()) {
    if (thread.failure === undefined) return thread.hold(true);
  }
  return new HashingThread();
}
