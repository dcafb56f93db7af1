import path from 'node:path';
import type { Link } from '../attestation/index.ts';
import { hexEncode, quote } from '../bytes/index.ts';
import { type DigestSet, FILE_TREE } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import {
  digestModel,
  fileDigests,
  fileSet,
  fileTreeRoot,
  hashPlan,
  omsRootOf,
  plainPlan,
  walkModel,
  walkProblemError,
} from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { FileSettings } from './claims.ts';

export interface HashOptions extends AbortOptions, ProgressOptions {
  readonly jobs?: number | undefined;
}

/**
 * The DigestSet of a parent's bytes under the settings of a claim about it. A base model carries a segment tree, a dataset,
 * whose files are not parsed, does not (design §3).
 *
 * @throws StemmaError as `digestModel`
 */
export async function digestParent(
  role: Link['role'],
  root: string,
  settings: FileSettings,
  options: HashOptions,
): Promise<DigestSet> {
  const { signal, onProgress, onWarning, jobs } = options;
  const engine = { signal, onProgress, onWarning, ...(jobs === undefined ? {} : { jobs }) };
  if (role === 'base-model') {
    const { trees } = await digestModel(root, {
      ...engine,
      ...settings,
      allowSymlinks: false,
      phase: 'hashing base model',
    });
    return trees.digests;
  }
  const listing = await walkModel(root, { allowSymlinks: false, signal });
  const set = fileSet(listing, { ignored: settings.ignored });
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  if (set.files.length === 0)
    throw new StemmaError('MODEL_EMPTY', `${quote(path.basename(root))} has no file to commit to`);
  const plan = plainPlan(set);
  const results = await hashPlan(plan, { ...engine, phase: 'hashing dataset', whole: ['sha256'] });
  for (const { error } of results) if (error !== undefined) throw error;
  const files = fileDigests(plan, results);
  const [first] = files;
  const own = listing.kind === 'file' && first !== undefined ? hexEncode(first.sha256) : omsRootOf(files);
  return { sha256: own, [FILE_TREE]: fileTreeRoot(files).root };
}
