import { hexEncode, quote } from '../bytes/index.ts';
import { createHash, type DigestSet, LOG_TREE, sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { type RecordKind, RecordTree } from '../records/index.ts';
import { LogFile } from './log-file.ts';

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
  /** `sha256` of the file and `stemmaLogTreeV1`, from one read of the same bytes. */
  readonly digests: DigestSet;
}

/** At the rate of two SHA-256 over the same bytes, about ten events a second, without asking a clock. */
const PROGRESS_BYTES = 64 * 1024 * 1024;

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
export async function digestLog(
  path: string,
  options: AbortOptions & ProgressOptions,
  observer: LogObserver = {},
): Promise<LogDigest> {
  const file = await LogFile.open(path);
  try {
    return await digestOpen(file, options, observer);
  } finally {
    await file.close();
  }
}

async function digestOpen(
  file: LogFile,
  options: AbortOptions & ProgressOptions,
  { onBytes, onLeaf }: LogObserver,
): Promise<LogDigest> {
  const { name } = file;
  const { size: bytes } = file.identity;
  const kind = recordKindOf(name);
  const whole = createHash('sha256');
  const tree = new RecordTree(() => createHash('sha256'), sha256, kind, onLeaf);
  const report = (done: number): void => options.onProgress?.({ phase: 'hashing log', done, total: bytes, path: name });

  report(0);
  let done = 0;
  let nextReport = PROGRESS_BYTES;
  for await (const chunk of file.chunks()) {
    throwIfAborted(options.signal);
    whole.update(chunk);
    push(tree, chunk, name);
    onBytes?.(chunk);
    done += chunk.length;
    if (done >= nextReport) {
      report(done);
      nextReport = done + PROGRESS_BYTES;
    }
  }
  throwIfAborted(options.signal);
  report(done);
  await file.assertUnchanged();

  const { size, root, truncated } = tree.finish();
  const digests = { sha256: hexEncode(whole.digest()), [LOG_TREE]: hexEncode(root) };
  return { name, bytes, kind, size, truncated, digests };
}

/** Says which log a wrong record is in. */
function push(tree: RecordTree, chunk: Uint8Array, name: string): void {
  try {
    tree.push(chunk);
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    const options = { ...(error.details && { details: { ...error.details, path: name } }), cause: error };
    throw new StemmaError(error.code, `log ${quote(name)}: ${error.message}`, options);
  }
}
