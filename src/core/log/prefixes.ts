import { createHash, sha256 } from '../digest/index.ts';
import { isStemmaError, type StemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { RecordTree } from '../records/index.ts';
import { GrowingLog, recordKindOf } from '../trainlog/index.ts';

/** A log as it is now, and the roots over its first records. */
export interface LogPrefixes {
  readonly name: string;
  readonly bytes: number;
  /** Complete records, and what follows the last of them, if the log is one of lines. */
  readonly records: number;
  readonly root: Uint8Array;
  /** By size, for each size that was asked for and that the log has. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  /** Why records end before the file does: a TFRecord whose checksum does not hold. */
  readonly malformed?: StemmaError;
}

export interface PrefixOptions extends AbortOptions, ProgressOptions {
  /** Called with the hash and the position of each leaf. */
  readonly onLeaf?: (leafHash: Uint8Array, index: number) => void;
}

const PROGRESS_BYTES = 64 * 1024 * 1024;

/**
 * Reads a log once, which may be growing, and takes the root over its first `n` records for each of the sizes.
 *
 * @throws StemmaError PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE; FILE_CHANGED where it is not only appended to
 *   meanwhile; INTERRUPTED
 */
export async function readPrefixes(
  location: string,
  sizes: readonly number[],
  options: PrefixOptions,
): Promise<LogPrefixes> {
  const wanted = [...new Set(sizes)].toSorted((a, b) => b - a);
  const roots = new Map<number, Uint8Array>();
  const log = await GrowingLog.open(location);
  const take = (): void => {
    const size = wanted.pop();
    if (size !== undefined) roots.set(size, tree.complete.root);
  };
  const tree = new RecordTree(
    () => createHash('sha256'),
    sha256,
    recordKindOf(log.name),
    (leafHash, index) => {
      options.onLeaf?.(leafHash, index);
      if (wanted.at(-1) === index + 1) take();
    },
  );
  if (wanted.at(-1) === 0) take();
  try {
    const malformed = await readAll(log, tree, options);
    const { size: records, root } = malformed === undefined ? tree.finish() : tree.complete;
    return {
      name: log.name,
      bytes: log.bytes,
      records,
      root,
      roots,
      ...(malformed === undefined ? {} : { malformed }),
    };
  } finally {
    await log.close();
  }
}

async function readAll(log: GrowingLog, tree: RecordTree, options: PrefixOptions): Promise<StemmaError | undefined> {
  let done = 0;
  let nextReport = 0;
  const push = (chunk: Uint8Array): void => {
    tree.push(chunk);
    done += chunk.length;
    if (done < nextReport) return;
    nextReport = done + PROGRESS_BYTES;
    options.onProgress?.({ phase: 'hashing log', done, total: Math.max(done, log.bytes), path: log.name });
  };
  try {
    await log.readOn(push, options);
    // Once more, for what came meanwhile: and that it is still the same log.
    await log.readOn(push, options);
    return undefined;
  } catch (error) {
    if (isStemmaError(error) && error.code === 'LOG_INVALID') return error;
    throw error;
  }
}
