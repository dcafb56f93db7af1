import { base64Encode, quote } from '../bytes/index.ts';
import type { PublicKey } from '../keys/index.ts';
import { invalid } from './invalid.ts';
import type { PolicyDocument } from './schema.ts';
import type { Requirement } from './schema-requirement.ts';

/** A name of `trust`, with the key or certificates that it stands for. */
export type PolicySigner =
  | { readonly kind: 'key'; readonly key: PublicKey }
  | {
      readonly kind: 'identity';
      readonly identity: string;
      readonly issuer: string;
      readonly trustedRoot?: Uint8Array;
    }
  | {
      readonly kind: 'anchors';
      /** DER. */
      readonly anchors: readonly Uint8Array[];
      readonly subject: string;
      readonly issuer?: string;
    };

/** A policy with everything that its files hold. */
export interface BoundPolicy {
  readonly document: PolicyDocument;
  readonly signers: ReadonlyMap<string, PolicySigner>;
}

/** Who somebody is, whatever he is called: the same key or identity has the same id. */
export function signerId(signer: PolicySigner): string {
  switch (signer.kind) {
    case 'key':
      return `key ${signer.key.fingerprint}`;
    case 'identity':
      return `identity ${JSON.stringify([signer.identity, signer.issuer])}`;
    case 'anchors':
      return `certificate ${JSON.stringify([signer.subject, signer.issuer ?? null])}`;
  }
}

/** Whoever can issue a certificate under one root must not sign for a name that was meant under another. */
function requireOneRoot(signers: ReadonlyMap<string, PolicySigner>): void {
  const roots = new Map<string, { readonly name: string; readonly root: string }>();
  for (const [name, signer] of signers) {
    const id = signerId(signer);
    const root = rootOf(signer);
    const before = roots.get(id);
    if (before !== undefined && before.root !== root)
      throw invalid(
        `expected one root for one subject, found another than for ${quote(before.name)}`,
        `/trust/identities/${name}`,
      );
    roots.set(id, { name, root });
  }
}

function rootOf(signer: PolicySigner): string {
  if (signer.kind === 'key') return '';
  const parts = signer.kind === 'anchors' ? signer.anchors : [signer.trustedRoot ?? new Uint8Array()];
  return parts.map(base64Encode).toSorted().join(' ');
}

/** The distinct signers that some names stand for: one key under two names is one. */
export function idsOf(names: readonly string[], { signers }: Pick<BoundPolicy, 'signers'>): ReadonlySet<string> {
  return new Set(
    names.flatMap((name) => {
      const signer = signers.get(name);
      return signer === undefined ? [] : [signerId(signer)];
    }),
  );
}

/**
 * Joins a policy with its keys, and checks that each threshold can be met: it counts keys, so one key under two names does not
 * help, and a policy that counts on it is refused rather than never met.
 *
 * @throws StemmaError POLICY_INVALID
 */
export function bindPolicy(document: PolicyDocument, signers: ReadonlyMap<string, PolicySigner>): BoundPolicy {
  const bound = { document, signers };
  requireOneRoot(signers);
  const check = ({ anyOf, threshold }: Requirement['signers'], at: string): void => {
    const distinct = idsOf(anyOf, bound).size;
    if (threshold <= distinct) return;
    throw invalid(
      `expected a threshold of at most ${distinct}, found ${threshold}: ${anyOf.map((name) => quote(name)).join(', ')} are ${distinct} distinct signer${distinct === 1 ? '' : 's'}`,
      at,
    );
  };
  for (const [i, { signers }] of document.requirements.entries()) check(signers, `/requirements/${i}/signers`);
  for (const [i, { requirements }] of (document.lineage?.ancestors ?? []).entries()) {
    for (const [j, { signers }] of requirements.entries())
      check(signers, `/lineage/ancestors/${i}/requirements/${j}/signers`);
  }
  for (const [i, { vsa }] of (document.lineage?.stopAt ?? []).entries())
    check(vsa.signers, `/lineage/stopAt/${i}/vsa/signers`);
  return bound;
}
