import { createHash, type IncrementalHash, sha256 } from '../digest/index.ts';
import { CompactRange, type Subtree } from '../merkle/index.ts';
import { RecordSalts, type RecordTreeResult } from '../records/index.ts';
import { countLines, leafStart } from './record-block.ts';
import { RecordThreads } from './record-threads.ts';

const LF = 0x0a;
/** Lines of 120 bytes: some 9,000 of them, ten milliseconds of work. */
export const BLOCK_BYTES = 1024 * 1024;

/** Also where a log has nothing but records that are longer. */
const MAX_PENDING = 1000;

/**
 * The log tree of design §3 over lines, hashed by several threads: this one cuts the stream into blocks of whole lines and counts
 * them, so that each thread knows which positions it hashes and answers with a few subtrees. Two blocks a thread are held,
 * and of a record that is longer than a block nothing.
 */
export class SharedRecordTree {
  readonly #threads: RecordThreads;
  readonly #salts: RecordSalts | undefined;
  readonly #range = new CompactRange(sha256);
  readonly #free: SharedArrayBuffer[];
  /** In the order of the log. */
  readonly #pending: {
    readonly subtrees: Promise<readonly Subtree[]>;
    readonly block: SharedArrayBuffer | undefined;
  }[] = [];
  #block: SharedArrayBuffer;
  #bytes: Uint8Array;
  #filled = 0;
  /** Records that were handed out. */
  #records = 0;
  /** A record that did not fit into a block. */
  #long: IncrementalHash | undefined;

  /** @param secret of a salted log */
  constructor(threads: number, secret: Uint8Array | undefined) {
    this.#threads = new RecordThreads(threads, { blockBytes: BLOCK_BYTES, secret });
    this.#salts = secret === undefined ? undefined : new RecordSalts(sha256, secret);
    this.#free = Array.from({ length: 2 * threads }, () => new SharedArrayBuffer(BLOCK_BYTES));
    this.#block = new SharedArrayBuffer(BLOCK_BYTES);
    this.#bytes = new Uint8Array(this.#block);
  }

  /** Takes the next bytes of the stream, which are copied; to be awaited before the next call. */
  async push(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.length; ) {
      if (this.#long !== undefined) {
        const end = chunk.indexOf(LF, from) + 1;
        this.#long.update(chunk.subarray(from, end === 0 ? chunk.length : end));
        if (end === 0) return;
        this.#endLong(this.#long);
        if (this.#pending.length > MAX_PENDING) await this.#takeIn();
        from = end;
        continue;
      }
      const some = chunk.subarray(from, from + BLOCK_BYTES - this.#filled);
      this.#bytes.set(some, this.#filled);
      this.#filled += some.length;
      from += some.length;
      if (this.#filled === BLOCK_BYTES) await this.#endBlock();
    }
  }

  /** Ends the stream, and with it a record that is still open. The threads are stopped by `stop`, not here. */
  async finish(): Promise<RecordTreeResult> {
    if (this.#long !== undefined) this.#endLong(this.#long);
    if (this.#filled > 0) this.#handOut(this.#filled);
    while (this.#pending.length > 0) await this.#takeIn();
    return { size: this.#range.size, root: this.#range.root(), truncated: false };
  }

  /** To be called in any case. */
  async stop(): Promise<void> {
    await this.#threads.stop();
  }

  /** Hands out the lines of a full block, and takes what follows the last one over into the next. */
  async #endBlock(): Promise<void> {
    const end = this.#bytes.lastIndexOf(LF) + 1;
    if (end === 0) {
      this.#long = createHash('sha256');
      this.#long.update(leafStart(this.#salts, this.#records));
      this.#long.update(this.#bytes);
      this.#filled = 0;
      return;
    }
    const rest = this.#bytes.subarray(end);
    this.#handOut(end);
    while (this.#free.length === 0) await this.#takeIn();
    this.#block = this.#free.pop() as SharedArrayBuffer;
    this.#bytes = new Uint8Array(this.#block);
    this.#bytes.set(rest);
    this.#filled = rest.length;
  }

  #handOut(length: number): void {
    const bytes = this.#bytes.subarray(0, length);
    const job = { block: this.#block, length, first: this.#records };
    this.#records += countLines(bytes) + (bytes.at(-1) === LF ? 0 : 1);
    this.#pending.push({ subtrees: this.#threads.hash(job), block: this.#block });
  }

  #endLong(hash: IncrementalHash): void {
    this.#long = undefined;
    this.#records++;
    this.#pending.push({ subtrees: Promise.resolve([{ level: 0, root: hash.digest() }]), block: undefined });
  }

  async #takeIn(): Promise<void> {
    const next = this.#pending.shift();
    for (const subtree of (await next?.subtrees) ?? []) this.#range.append(subtree);
    if (next?.block !== undefined) this.#free.push(next.block);
  }
}
