import { availableParallelism } from 'node:os';
import { hexEncode, quote } from '../bytes/index.ts';
import { createHash, type DigestSet, LOG_TREE, SALTED_TREE, sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { type RecordKind, RecordSalts, RecordTree } from '../records/index.ts';
import { LogFile } from './log-file.ts';
import type { SharedRecordTree } from './shared-tree.ts';

/** What a statement says about a training log. */
export interface LogDigest {
  /** Base name; untrusted text. */
  readonly name: string;
  readonly bytes: number;
  readonly kind: RecordKind;
  /** How many records: the size of the log tree. */
  readonly size: number;
  /** Whether the last record is an incomplete TFRecord frame, as a trainer that was killed leaves behind. */
  readonly truncated: boolean;
  /** `sha256` of the file and `stemmaLogTreeV1`, from one read of the same bytes; of a salted log `stemmaSaltedTreeV1` alone. */
  readonly digests: DigestSet;
}

/** A log whose records are salted. */
export interface SaltedLogFile {
  readonly file: string;
  /** The file of its secret. */
  readonly secret: string;
}

/** At the rate of two SHA-256 over the same bytes, about ten events a second, without asking a clock. */
const PROGRESS_BYTES = 64 * 1024 * 1024;

/** How a log is digested. */
export interface LogOptions extends AbortOptions, ProgressOptions {
  /** Threads that hash the lines of a large log; default one per core. */
  readonly jobs?: number | undefined;
}

/** Below this size, other threads gain less than it takes to start them. */
const MIN_SHARED_BYTES = 64 * 1024 * 1024;

/** For those who want more of a log than its digest, from the same read. */
export interface LogObserver {
  /** Takes the bytes in order; the buffer is reused. */
  readonly onBytes?: (chunk: Uint8Array) => void;
  /** Takes the leaf hash of each record, with its position from 0. */
  readonly onLeaf?: (leafHash: Uint8Array, index: number) => void;
}

/** Which records a log has goes by its name (design §3): TensorBoard's writers put `.tfevents.` into theirs. */
export function recordKindOf(name: string): RecordKind {
  return name.includes('.tfevents.') ? 'tfrecord' : 'lf';
}

/**
 * Digests a training log of any size in one read, in memory that grows with neither the file nor its records.
 *
 * @throws StemmaError PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE; FILE_CHANGED when it is written to meanwhile;
 *   LOG_INVALID for a TFRecord with a wrong checksum; INTERRUPTED
 */
export async function digestLog(path: string, options: LogOptions, observer: LogObserver = {}): Promise<LogDigest> {
  const whole = createHash('sha256');
  const onBytes = (chunk: Uint8Array): void => {
    whole.update(chunk);
    observer.onBytes?.(chunk);
  };
  const { root, ...log } = await readTree(path, options, { onBytes, onLeaf: observer.onLeaf });
  return { ...log, digests: { sha256: hexEncode(whole.digest()), [LOG_TREE]: root } };
}

/**
 * The salted tree of a log (design §3), and no digest that the log could be guessed from.
 *
 * @param secret of this log alone, 32 bytes
 * @throws StemmaError as `digestLog`
 */
export async function digestSaltedLog(
  path: string,
  secret: Uint8Array,
  options: LogOptions,
  observer: Pick<LogObserver, 'onBytes'> = {},
): Promise<LogDigest> {
  const { root, ...log } = await readTree(path, options, { ...observer, secret });
  return { ...log, digests: { [SALTED_TREE]: root } };
}

/** What is done with a log while its tree is made. */
interface Reading {
  readonly onBytes?: LogObserver['onBytes'];
  readonly onLeaf?: LogObserver['onLeaf'];
  readonly secret?: Uint8Array;
}

type LogTree = Omit<LogDigest, 'digests'> & { readonly root: string };

async function readTree(path: string, options: LogOptions, reading: Reading): Promise<LogTree> {
  const file = await LogFile.open(path);
  try {
    return await readOpen(file, options, reading);
  } finally {
    await file.close();
  }
}

async function readOpen(file: LogFile, options: LogOptions, reading: Reading): Promise<LogTree> {
  const { name } = file;
  const { size: bytes } = file.identity;
  const kind = recordKindOf(name);
  const tree = await newTree(file, kind, options, reading);
  const report = (done: number): void => options.onProgress?.({ phase: 'hashing log', done, total: bytes, path: name });
  try {
    report(0);
    let done = 0;
    let nextReport = PROGRESS_BYTES;
    for await (const chunk of file.chunks()) {
      throwIfAborted(options.signal);
      await push(tree, chunk, name);
      reading.onBytes?.(chunk);
      done += chunk.length;
      if (done >= nextReport) {
        report(done);
        nextReport = done + PROGRESS_BYTES;
      }
    }
    throwIfAborted(options.signal);
    report(done);
    const { size, root, truncated } = await tree.finish();
    await file.assertUnchanged();
    return { name, bytes, kind, size, truncated, root: hexEncode(root) };
  } finally {
    if (!(tree instanceof RecordTree)) await tree.stop();
  }
}

/** With threads of its own for a large text log, of which nobody wants the leaves. */
async function newTree(
  { identity }: LogFile,
  kind: RecordKind,
  { jobs = availableParallelism() }: LogOptions,
  { onLeaf, secret }: Reading,
): Promise<RecordTree | SharedRecordTree> {
  if (kind === 'lf' && onLeaf === undefined && jobs > 1 && identity.size >= MIN_SHARED_BYTES) {
    // Loaded where it is needed: most logs are small.
    const { SharedRecordTree: Tree } = await import('./shared-tree.ts');
    return new Tree(jobs, secret);
  }
  const salts = secret === undefined ? undefined : new RecordSalts(sha256, secret);
  return new RecordTree(() => createHash('sha256'), sha256, kind, onLeaf, salts);
}

/** Says which log a wrong record is in. */
async function push(tree: RecordTree | SharedRecordTree, chunk: Uint8Array, name: string): Promise<void> {
  try {
    await tree.push(chunk);
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    const options = { ...(error.details && { details: { ...error.details, path: name } }), cause: error };
    throw new StemmaError(error.code, `log ${quote(name)}: ${error.message}`, options);
  }
}
