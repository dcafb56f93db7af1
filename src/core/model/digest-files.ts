import path from 'node:path';
import { hexEncode, quote } from '../bytes/index.ts';
import { type DigestSet, type EngineOptions, FILE_TREE } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { hashPlan } from './plan/hash-plan.ts';
import { plainPlan } from './plan/plan.ts';
import { fileDigests } from './trees/model-trees.ts';
import { fileTreeRoot, omsRootOf } from './trees/trees.ts';
import { fileSet } from './walk/file-set.ts';
import { walkProblemError } from './walk/listing.ts';
import { walkModel } from './walk/walk.ts';

export interface DigestFilesOptions extends EngineOptions {
  /** Canonical paths (`parseModelPaths`) to leave out. */
  readonly ignored: readonly string[];
}

/**
 * The DigestSet of a file or a folder whose files are not parsed (design §3): `sha256` and the file tree.
 *
 * @throws StemmaError MODEL_EMPTY, SYMLINK_REFUSED, PATH_INVALID, NOT_A_REGULAR_FILE, FILE_UNREADABLE, FILE_CHANGED,
 *   PATH_NOT_FOUND, INTERRUPTED
 */
export async function digestFiles(root: string, options: DigestFilesOptions): Promise<DigestSet> {
  const listing = await walkModel(root, { allowSymlinks: false, signal: options.signal });
  const set = fileSet(listing, { ignored: options.ignored });
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  if (set.files.length === 0)
    throw new StemmaError('MODEL_EMPTY', `${quote(path.basename(root))} has no file to commit to`);
  const plan = plainPlan(set);
  const results = await hashPlan(plan, { ...options, whole: ['sha256'] });
  for (const { error } of results) if (error !== undefined) throw error;
  const files = fileDigests(plan, results);
  const [first] = files;
  const own = listing.kind === 'file' && first !== undefined ? hexEncode(first.sha256) : omsRootOf(files);
  return { sha256: own, [FILE_TREE]: fileTreeRoot(files).root };
}
