import { StemmaError } from '../../errors/index.ts';

/** What a DAG may come to: a few small blocks that link to each other can stand for any number of files and bytes. */
export interface ReadLimits {
  /** Bytes of all files together. */
  readonly maxBytes: number;
  /** Links of all directories together, those between the shards of one included; default a million. */
  readonly maxEntries?: number;
  /** Folders inside folders; default 64. */
  readonly maxDepth?: number;
}

const MAX_ENTRIES = 1_000_000;
const MAX_DEPTH = 64;
/** Levels of blocks below one file: four hold a pebibyte in the profile of Stemma; other layouts are deeper. */
export const MAX_FILE_LEVELS = 32;
/** Parts of a file are this large on average, beyond the first few. */
const MIN_PART_BYTES = 1024;
const FREE_PARTS = 100_000;

/** Counts what one reading has met. */
export class Counter {
  readonly #limits: Required<ReadLimits>;
  #bytes = 0;
  #entries = 0;

  constructor(limits: ReadLimits) {
    this.#limits = { maxEntries: MAX_ENTRIES, maxDepth: MAX_DEPTH, ...limits };
  }

  /** @throws StemmaError TOO_LARGE */
  addFile(size: number): void {
    this.#bytes += size;
    const { maxBytes } = this.#limits;
    if (this.#bytes > maxBytes)
      throw tooLarge(`the files come to ${this.#bytes} bytes and more; at most ${maxBytes} are read`);
  }

  /** @throws StemmaError TOO_LARGE */
  addLinks(n: number): void {
    this.#entries += n;
    const { maxEntries } = this.#limits;
    if (this.#entries > maxEntries) throw tooLarge(`the folders hold more than ${maxEntries} entries`);
  }

  /** @throws StemmaError TOO_LARGE */
  requireDepth(depth: number): void {
    const { maxDepth } = this.#limits;
    if (depth > maxDepth) throw tooLarge(`folders lie more than ${maxDepth} deep in each other`);
  }
}

/** How many blocks one file may be made of. */
export const maxParts = (size: number): number => FREE_PARTS + Math.ceil(size / MIN_PART_BYTES);

export const tooLarge = (message: string): StemmaError => new StemmaError('TOO_LARGE', message);
