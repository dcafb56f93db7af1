import {
  type ArtifactKind,
  type BoundPolicy,
  isDatasetIdentity,
  isModelIdentity,
  type PolicyDocument,
  type PolicySigner,
} from '../policy/index.ts';
import type { TrustEntry } from './trust.ts';

/** Everybody whom a policy names, as entries of a trust root, labelled with their names there. */
export function policyTrust({ signers }: BoundPolicy): TrustEntry[] {
  return [...signers].map(([label, signer]) => entryOf(label, signer));
}

function entryOf(label: string, signer: PolicySigner): TrustEntry {
  switch (signer.kind) {
    case 'key':
      return { kind: 'key', label, key: signer.key };
    case 'identity': {
      const { identity, issuer, trustedRoot } = signer;
      return { kind: 'identity', label, identity, issuer, ...(trustedRoot === undefined ? {} : { trustedRoot }) };
    }
    case 'anchors': {
      const { anchors, subject, issuer } = signer;
      return { kind: 'anchors', label, anchors, leaf: { subject, ...(issuer === undefined ? {} : { issuer }) } };
    }
  }
}

/** Those whom a requirement names that says what the bytes are: nobody else speaks for a model, or for a dataset. */
export function identityTrust(trust: readonly TrustEntry[], kind: ArtifactKind, policy: PolicyDocument): TrustEntry[] {
  const says = kind === 'model' ? isModelIdentity : saysDataset;
  const named = new Set(policy.requirements.filter(says).flatMap(({ signers }) => signers.anyOf));
  return trust.filter(({ label }) => named.has(label));
}

/** One for an OMS signature alone is about a model: `dataset verify` takes none for an identity. */
const saysDataset = (requirement: PolicyDocument['requirements'][number]): boolean =>
  isDatasetIdentity(requirement) && !isModelIdentity(requirement);
