import type { EngineOptions } from './request.ts';

const INTERVAL_MS = 100;

/** Reports progress ten times a second from counters that others move on, and once at the end. */
export class Meter {
  readonly #options: EngineOptions;
  readonly #total: number;
  readonly #done: () => number;
  readonly #timer: NodeJS.Timeout | undefined;
  #path: string | undefined;

  constructor(options: EngineOptions, total: number, done: () => number) {
    this.#options = options;
    this.#total = total;
    this.#done = done;
    if (options.onProgress !== undefined) this.#timer = setInterval(() => this.#report(), INTERVAL_MS);
  }

  /** Names the file whose hashing began last. */
  startFile(path: string): void {
    this.#path = path;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#report();
  }

  #report(): void {
    // A file that shrank or was given up is counted as read, so that the end is always reached; one that grew is not overcounted.
    const done = Math.min(this.#done(), this.#total);
    const { phase, onProgress } = this.#options;
    onProgress?.({ phase, done, total: this.#total, ...(this.#path === undefined ? {} : { path: this.#path }) });
  }
}
