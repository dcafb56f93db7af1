import { createHash } from 'node:crypto';
import { hexEncode } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { formatCheckpoint, runOrigin, signNote } from '../log/index.ts';
import type { RecordTree } from '../records/index.ts';
import type {
  CheckpointEntry,
  CheckpointOptions,
  CheckpointSummary,
  CheckpointWriter,
  WatchedLog,
} from './checkpoint.ts';
import { CheckpointFile } from './checkpoint-file.ts';

/** After as many the interval doubles, each time again: a run of a month must not end in a statement that nobody reads. */
const AT_ONE_PACE = 256;

interface Watched {
  readonly log: string;
  readonly origin: string;
  readonly tree: RecordTree;
  /** Records under the last checkpoint that was begun. */
  covered: number;
  /** Whether one is being made: the next waits, so that a log that outruns the disk costs no memory. */
  busy: boolean;
}

/**
 * Starts making checkpoints (C2SP tlog-checkpoint), each over the complete records of one log at one moment. To be called
 * before the child is started, so that a place that cannot be written to is met while nothing is lost.
 *
 * @throws StemmaError USAGE, SYMLINK_REFUSED, NOT_A_REGULAR_FILE, WRITE_FAILED for `file`
 */
export async function openCheckpoints(options: CheckpointOptions): Promise<CheckpointWriter> {
  const file = options.file === undefined ? undefined : await CheckpointFile.open(options.file, options.invocation);
  return new Checkpoints(options, file);
}

class Checkpoints implements CheckpointWriter {
  readonly #options: CheckpointOptions;
  readonly #file: CheckpointFile | undefined;
  readonly #logs: Watched[] = [];
  readonly #made: CheckpointEntry[] = [];
  readonly #timer: NodeJS.Timeout | undefined;
  #problem: StemmaError | undefined;
  #ticks = 0;
  #closed: Promise<CheckpointSummary> | undefined;
  /** Ends when everything that was begun is written; never rejects. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: CheckpointOptions, file: CheckpointFile | undefined) {
    this.#options = options;
    this.#file = file;
    const { seconds } = options.every;
    if (seconds !== undefined) this.#timer = setInterval(() => this.#tick(), seconds * 1000).unref();
  }

  watch(log: string, tree: RecordTree): WatchedLog {
    const origin = runOrigin(this.#options.invocation, log);
    const watched: Watched = { log, origin, tree, covered: 0, busy: false };
    this.#logs.push(watched);
    return { advanced: () => this.#beginIfDue(watched) };
  }

  close(): Promise<CheckpointSummary> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<CheckpointSummary> {
    clearInterval(this.#timer);
    await this.#settle();
    this.#beginAll();
    await this.#settle();
    await this.#file?.close();
    return { checkpoints: this.#made, ...(this.#problem === undefined ? {} : { problem: this.#problem }) };
  }

  /** One that ends may begin the next. */
  async #settle(): Promise<void> {
    let writing: Promise<void>;
    do {
      writing = this.#writing;
      await writing;
    } while (writing !== this.#writing);
  }

  /** How many intervals there are between two checkpoints now. */
  get #pace(): number {
    return 2 ** Math.floor(this.#made.length / AT_ONE_PACE);
  }

  #tick(): void {
    this.#ticks++;
    if (this.#ticks % this.#pace === 0) this.#beginAll();
  }

  #beginAll(): void {
    for (const watched of this.#logs) this.#begin(watched);
  }

  #beginIfDue(watched: Watched): void {
    const { records } = this.#options.every;
    if (records !== undefined && watched.tree.size - watched.covered >= records * this.#pace) this.#begin(watched);
  }

  /** Takes the tree as it is now; signing and writing go on while the log grows. */
  #begin(watched: Watched): void {
    if (watched.busy || watched.tree.size === watched.covered || this.#problem !== undefined) return;
    const { size, root } = watched.tree.complete;
    watched.busy = true;
    watched.covered = size;
    this.#writing = this.#writing
      .then(() => this.#make(watched, size, root))
      .catch((error: unknown) => {
        this.#problem = problemOf(error);
        this.#options.onProblem?.(this.#problem);
      })
      .finally(() => {
        watched.busy = false;
        this.#beginIfDue(watched);
      });
  }

  async #make({ log, origin }: Watched, size: number, root: Uint8Array): Promise<void> {
    if (this.#problem !== undefined) return;
    const note = await signNote(formatCheckpoint({ origin, size: BigInt(size), root }), origin, this.#options.signer);
    await this.#file?.append(note);
    const sha256 = createHash('sha256').update(note).digest('hex');
    const entry: CheckpointEntry = { log, origin, size, root: hexEncode(root), sha256 };
    this.#made.push(entry);
    this.#options.onCheckpoint?.(entry, note);
  }
}

function problemOf(error: unknown): StemmaError {
  if (isStemmaError(error)) return error;
  return new StemmaError('WRITE_FAILED', 'a checkpoint could not be made', { cause: error });
}
