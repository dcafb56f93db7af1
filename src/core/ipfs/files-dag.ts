import type { AbortOptions } from '../progress/index.ts';
import type { Dag } from './dag.ts';

/** A file of a small folder: its bytes, or where they lie (an absolute path, no symbolic link). */
export interface DagFile {
  /** Relative to the root with `/`; canonical (`pathProblem`). */
  readonly path: string;
  readonly source: Uint8Array | { readonly file: string };
}

/**
 * The DAG of a folder of these files.
 *
 * @throws StemmaError PATH_INVALID, PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE, FILE_CHANGED, INTERRUPTED
 */
export function filesDag(_files: readonly DagFile[], _options: AbortOptions = {}): Promise<Dag> {
  throw new Error('to come');
}
