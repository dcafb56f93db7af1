import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { Dag } from './dag.ts';

export interface ModelDagOptions extends AbortOptions, ProgressOptions {
  /** With the side files, as one downloads a release: a single file becomes a folder of it and of its side files. */
  readonly release: boolean;
  /** Canonical paths (`parseModelPaths`) to leave out. */
  readonly ignored: readonly string[];
  readonly allowSymlinks: boolean;
  /** Threads that hash; default one per core. */
  readonly jobs?: number;
}

/**
 * The DAG of a model by the profile `unixfs-v1-2025`, over the file set of design §3 (docs/formats/cids.md).
 *
 * @param root absolute path of a folder or a file
 * @throws StemmaError MODEL_EMPTY, SYMLINK_REFUSED, PATH_INVALID, MODEL_UNSUPPORTED, NOT_A_REGULAR_FILE, FILE_UNREADABLE,
 *   FILE_CHANGED, PATH_NOT_FOUND, INTERRUPTED
 */
export function modelDag(_root: string, _options: ModelDagOptions): Promise<Dag> {
  throw new Error('to come');
}
