import type { Link } from '../attestation/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { digestFiles, digestModel } from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { FileSettings } from './claims.ts';

export interface HashOptions extends AbortOptions, ProgressOptions {
  readonly jobs?: number | undefined;
}

/**
 * The DigestSet of a parent's bytes under the settings of a claim about it. A base model carries a segment tree, a dataset,
 * whose files are not parsed, does not (design §3).
 *
 * @throws StemmaError as `digestModel`, `digestFiles`
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
  return digestFiles(root, { ...engine, ignored: settings.ignored, phase: 'hashing dataset' });
}
