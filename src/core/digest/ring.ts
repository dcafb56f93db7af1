import { BLOCK_BYTES, type BlockTarget } from './hash-task.ts';

/**
 * A ring of blocks between two threads, so that one reads a file and digests its segments while the other, one block behind,
 * digests the whole file: SHA-256 cannot be computed in parallel, but nothing else need take its thread's time.
 */
export interface SharedRing {
  readonly blocks: SharedArrayBuffer;
  /** Two Int32: blocks written (or `GIVEN_UP`) and blocks read. */
  readonly state: SharedArrayBuffer;
}

const SLOTS = 4;
const WRITTEN = 0;
const READ = 1;
const GIVEN_UP = -1;

export function createRing(): SharedRing {
  return { blocks: new SharedArrayBuffer(SLOTS * BLOCK_BYTES), state: new SharedArrayBuffer(8) };
}

function slot(ring: SharedRing, index: number, length: number): Uint8Array {
  return new Uint8Array(ring.blocks, (index % SLOTS) * BLOCK_BYTES, length);
}

/** The writing end. The writer may go on reading the block it filled until it asks for the next one. */
export class RingWriter implements BlockTarget {
  readonly #ring: SharedRing;
  readonly #state: Int32Array;
  #written = 0;

  constructor(ring: SharedRing) {
    this.#ring = ring;
    this.#state = new Int32Array(ring.state);
  }

  next(length: number): Uint8Array {
    let read = Atomics.load(this.#state, READ);
    while (this.#written - read >= SLOTS) {
      Atomics.wait(this.#state, READ, read);
      read = Atomics.load(this.#state, READ);
    }
    return slot(this.#ring, this.#written, length);
  }

  filled(): void {
    Atomics.store(this.#state, WRITTEN, ++this.#written);
    Atomics.notify(this.#state, WRITTEN);
  }

  /** Lets the reader go although the file was not read to its end. */
  abandon(): void {
    Atomics.store(this.#state, WRITTEN, GIVEN_UP);
    Atomics.notify(this.#state, WRITTEN);
  }
}

/**
 * The reading end: calls `take` with each block of a file of `size` bytes, in order.
 *
 * @returns false if the writer gave up
 */
export function readRing(ring: SharedRing, size: number, take: (block: Uint8Array) => void): boolean {
  const state = new Int32Array(ring.state);
  for (let index = 0; index * BLOCK_BYTES < size; index++) {
    let written = Atomics.load(state, WRITTEN);
    while (written === index) {
      Atomics.wait(state, WRITTEN, index);
      written = Atomics.load(state, WRITTEN);
    }
    if (written === GIVEN_UP) return false;
    take(slot(ring, index, Math.min(BLOCK_BYTES, size - index * BLOCK_BYTES)));
    Atomics.store(state, READ, index + 1);
    Atomics.notify(state, READ);
  }
  return true;
}
