import { StemmaError } from '../../errors/index.ts';
import { locateModel } from '../../model/index.ts';
import type { Dag } from '../dag.ts';
import { evidenceDag } from '../evidence-dag.ts';
import { type ModelDagOptions, modelDag } from '../model-dag.ts';
import { type Disclosure, disclosureOf } from './disclosure.ts';

/** What of a model is pinned. */
export interface Pinnable {
  readonly what: 'evidence' | 'release';
  readonly dag: Dag;
  readonly disclosure: Disclosure;
}

export interface PinnableOptions extends Omit<ModelDagOptions, 'release' | 'ignored'> {
  readonly withWeights: boolean;
  readonly ignore: readonly string[];
}

/**
 * The DAG of a model's evidence, or of the whole release, and what it tells. The root is computed here, before any network is touched.
 *
 * @throws StemmaError EVIDENCE_MISSING where nothing was attested; as `locateModel`, `modelDag` and `evidenceDag`
 */
export async function pinnableOf(
  model: string,
  { withWeights, ignore, ...options }: PinnableOptions,
): Promise<Pinnable> {
  const { root, kind, ignored } = await locateModel(model, { ignore, opaque: [] });
  const evidence = await evidenceDag(root, options);
  if (evidence === undefined) {
    throw new StemmaError('EVIDENCE_MISSING', 'the model has no evidence: nothing was attested yet', {
      hint: 'stemma attest MODEL --key KEY',
    });
  }
  const dag = withWeights ? await modelDag(root, { ...options, release: true, ignored }) : evidence;
  return { what: withWeights ? 'release' : 'evidence', dag, disclosure: await disclosureOf(root, kind) };
}
