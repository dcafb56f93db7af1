import type { AbortOptions, ProgressOptions } from '../../progress/index.ts';
import type { Dag } from '../dag.ts';

/** Bytes of the CARv1 of a DAG: one header that names its root, then its blocks. */
export function carLength(_dag: Dag): number {
  throw new Error('to come');
}

/**
 * The CARv1 of a DAG in pieces, equal for equal DAGs.
 *
 * @throws StemmaError FILE_CHANGED, FILE_UNREADABLE, NOT_A_REGULAR_FILE, INTERRUPTED
 */
export function carBytes(_dag: Dag, _signal?: AbortSignal): AsyncIterable<Uint8Array> {
  throw new Error('to come');
}

/**
 * Writes the CAR of a DAG: under a temporary name, synced, then renamed.
 *
 * @throws StemmaError WRITE_FAILED, SYMLINK_REFUSED, and as `carBytes`, with nothing left behind
 */
export function writeCar(_path: string, _dag: Dag, _options: AbortOptions & ProgressOptions = {}): Promise<void> {
  throw new Error('to come');
}
