/** Blocks that one reading has asked for and not used yet: it bounds what is kept in memory. */
export class Ahead {
  readonly #width: number;
  #pending = 0;

  /** @param width at least 1 */
  constructor(width: number) {
    this.#width = width;
  }

  /**
   * Starts each item before its turn, as far as the width allows, and gives the results in order. Readings within readings share
   * one width; each may always have one item under way, so that none waits for another.
   *
   * @param start is not called any more once the reader has stopped; what it started by then is left to its signal
   */
  async *inOrder<T, R>(items: readonly T[], start: (item: T) => Promise<R>): AsyncGenerator<readonly [T, R]> {
    const started: Promise<R>[] = [];
    let next = 0;
    try {
      for (const item of items) {
        while (next < items.length && (started.length === 0 || this.#pending < this.#width)) {
          const work = start(items[next++] as T);
          // One that fails is met in its turn, or never.
          work.catch(() => undefined);
          started.push(work);
          this.#pending++;
        }
        const result = await (started[0] as Promise<R>);
        void started.shift();
        this.#pending--;
        yield [item, result];
      }
    } finally {
      this.#pending -= started.length;
    }
  }
}
