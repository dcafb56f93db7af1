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
/** Parts of files are this large on average, beyond the first few. */
const MIN_PART_BYTES = 1024;
const FREE_PARTS = 100_000;

/** Counts what one reading has met. */
export class Counter {
  readonly #limits: Required<ReadLimits>;
  #bytes = 0;
  #entries = 0;
  #readBytes = 0;
  #parts = 0;

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

  /**
   * A file is read now. Those that are passed over say of themselves whatever they like, and allow for no parts.
   *
   * @param size of the file
   */
  beginRead(size: number): void {
    this.#readBytes += size;
  }

  /**
   * Counts parts of files, over all that are read: one part may stand in any number of them, and each time it is read anew.
   *
   * @throws StemmaError TOO_LARGE
   */
  addParts(n: number): void {
    this.#parts += n;
    const most = FREE_PARTS + Math.ceil(this.#readBytes / MIN_PART_BYTES);
    if (this.#parts > most) throw tooLarge(`the files are made of more than ${most} blocks, too many for their size`);
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

export const tooLarge = (message: string): StemmaError => new StemmaError('TOO_LARGE', message);
