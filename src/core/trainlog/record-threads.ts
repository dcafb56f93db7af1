import { Worker } from 'node:worker_threads';
import type { Subtree } from '../merkle/index.ts';
import type { BlockJob } from './record-block.ts';

const WORKER_URL = import.meta.url.endsWith('.ts')
  ? new URL('./record-worker.ts', import.meta.url)
  : new URL('./record-worker.js', import.meta.url);

export interface RecordWorkerSetup {
  readonly blockBytes: number;
  /** Of a salted log. */
  readonly secret: Uint8Array | undefined;
}

/** Threads that hash blocks; each answers its jobs in the order in which it got them. */
export class RecordThreads {
  readonly #threads: { readonly worker: Worker; readonly waiting: PromiseWithResolvers<readonly Subtree[]>[] }[] = [];

  constructor(count: number, setup: RecordWorkerSetup) {
    for (let i = 0; i < count; i++) {
      const worker = new Worker(WORKER_URL, { workerData: setup });
      const waiting: PromiseWithResolvers<readonly Subtree[]>[] = [];
      const fail = (error: Error): void => {
        for (const each of waiting.splice(0)) each.reject(error);
      };
      worker.on('message', (subtrees: readonly Subtree[]) => waiting.shift()?.resolve(subtrees));
      worker.on('error', fail);
      worker.on('messageerror', fail);
      worker.on('exit', (code) => fail(new Error(`a thread that hashes records stopped with exit code ${code}`)));
      this.#threads.push({ worker, waiting });
    }
  }

  /** The least busy thread hashes a block, which nobody may change before the answer. */
  hash(job: BlockJob): Promise<readonly Subtree[]> {
    const done = Promise.withResolvers<readonly Subtree[]>();
    // Whoever gave up waits for no answer.
    done.promise.catch(() => undefined);
    const thread = this.#threads.reduce((least, each) => (each.waiting.length < least.waiting.length ? each : least));
    thread.waiting.push(done);
    // The block is shared, not moved.
    thread.worker.postMessage(job, []);
    return done.promise;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}
