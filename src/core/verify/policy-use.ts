import { StemmaError } from '../errors/index.ts';
import type { ArtifactKind } from '../policy/index.ts';
import type { VerifyOptions } from './options.ts';
import type { LoadedPolicy } from './policy-file.ts';
import type { TrustEntry } from './trust.ts';

/**
 * Whom to trust for what is verified: those whom the caller names, else those whom the policy does.
 *
 * @throws StemmaError POLICY_INVALID where the policy is about the other kind of artifact; USAGE where flag and policy both say whom to
 *   trust for ancestors
 */
export function trustOf(
  kind: ArtifactKind,
  {
    trust,
    policy,
    ancestors,
  }: Pick<VerifyOptions, 'trust' | 'ancestors'> & { readonly policy?: LoadedPolicy | undefined },
): readonly TrustEntry[] {
  if (policy === undefined) return trust;
  const named = kind === 'model' ? policy.modelTrust : policy.datasetTrust;
  if (named.length === 0) throw new StemmaError('POLICY_INVALID', `the policy: ${OTHER_KIND[kind]} (at /requirements)`);
  if (ancestors !== undefined && policy.bound.document.lineage !== undefined)
    throw new StemmaError(
      'USAGE',
      'the policy says whom to trust for ancestors, so --ancestor-key does not go with it',
    );
  return trust.length > 0 ? trust : named;
}

const OTHER_KIND: Readonly<Record<ArtifactKind, string>> = {
  model: 'expected a requirement for model/v1 or an OMS signature alone, found those of a policy for datasets',
  dataset: 'expected a requirement for dataset/v1 alone, found those of a policy for models',
};
