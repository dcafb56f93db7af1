import { type BoundPolicy, isModelIdentity, type PolicyDocument, type PolicySigner } from '../policy/index.ts';
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

/** Whether a requirement that says what the bytes of the model are names somebody: nobody else speaks for the model. */
export function isModelSigner(name: string, { requirements }: PolicyDocument): boolean {
  return requirements.some((each) => isModelIdentity(each) && each.signers.anyOf.includes(name));
}
