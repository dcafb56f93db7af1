import type { CID } from 'multiformats/cid';
import type { BlockSource } from '../block.ts';
import { Ahead } from './ahead.ts';
import { Counter, type ReadLimits } from './limits.ts';

/** Blocks asked for before they are needed: up to 2 MiB each are kept. */
const WIDTH = 16;

/** What all parts of one reading share. */
export class Reading {
  readonly counter: Counter;
  readonly ahead = new Ahead(WIDTH);
  readonly #source: BlockSource;
  readonly #signal: AbortSignal | undefined;

  constructor(source: BlockSource, limits: ReadLimits, signal: AbortSignal | undefined) {
    this.counter = new Counter(limits);
    this.#source = source;
    this.#signal = signal;
  }

  get(cid: CID, signal = this.#signal): Promise<Uint8Array> {
    return this.#source.get(cid, signal);
  }
}
