import type { AbortOptions } from '../progress/index.ts';
import type { Dag } from './dag.ts';

/**
 * The DAG of a folder of a model's side files that exist, under their own names: its root is the CID of the model's evidence.
 * Undefined where there is none.
 *
 * @param root absolute path of the model: a folder or a file
 * @throws StemmaError SYMLINK_REFUSED, NOT_A_REGULAR_FILE, FILE_UNREADABLE, FILE_CHANGED, INTERRUPTED
 */
export function evidenceDag(_root: string, _options: AbortOptions = {}): Promise<Dag | undefined> {
  throw new Error('to come');
}
