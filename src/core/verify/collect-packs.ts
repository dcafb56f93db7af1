import { isStemmaError } from '../errors/index.ts';
import { EvidenceBudget } from '../evidence/index.ts';
import type { UnpackedPack } from '../ipfs/index.ts';
import type { CollectedBundle } from './checks/authenticate.ts';
import type { SourceProblem } from './collect.ts';
import { readBundles } from './read-bundles.ts';
import { Repeats } from './repeats.ts';

export interface FromPacks {
  readonly bundles: readonly CollectedBundle[];
  readonly problems: readonly SourceProblem[];
  readonly manifests: readonly string[];
}

/**
 * The bundles in evidence packs: they count as those in files of `--attestations`, each pack as one such file. Copies are left out in
 * silence, since the evidence of a child holds that of its parents. Whoever names a pack relies on it: a broken one is no mere
 * warning.
 */
export function collectPacks(packs: readonly UnpackedPack[]): FromPacks {
  const bundles: CollectedBundle[] = [];
  const problems: SourceProblem[] = [];
  for (const { source, problem, evidence } of packs) {
    if (problem !== undefined) problems.push({ source, error: problem, required: true });
    const state = { budget: new EvidenceBudget(), repeats: new Repeats() };
    for (const { path, bytes } of evidence) {
      const name = `${source}/${path}`;
      const form = path.endsWith('.jsonl') ? 'lines' : 'bundle';
      try {
        const { found, rest } = readBundles({ name, form, bytes, origin: 'attestations', pack: source }, state);
        for (const bundle of found) bundles.push(bundle);
        if (rest !== undefined) problems.push({ source: name, error: rest, required: true });
      } catch (error) {
        if (!isStemmaError(error)) throw error;
        problems.push({ source: name, error, required: true });
      }
    }
  }
  return { bundles, problems, manifests: packs.flatMap(({ manifests }) => manifests) };
}
