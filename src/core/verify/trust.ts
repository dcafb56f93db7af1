import type { PublicKey } from '../keys/index.ts';

/** One thing the user trusts: design §5 counts these, never signatures or key ids. */
export type TrustEntry =
  | { readonly kind: 'key'; readonly label: string; readonly key: PublicKey }
  /** Any leaf that may sign and whose path ends at one of these DER certificates, or the one that is named so. */
  | {
      readonly kind: 'anchors';
      readonly label: string;
      readonly anchors: readonly Uint8Array[];
      readonly leaf?: LeafName;
    }
  | {
      readonly kind: 'identity';
      readonly label: string;
      /** The certificate's subject alternative name, exactly. */
      readonly identity: string;
      /** The OIDC issuer, exactly. */
      readonly issuer: string;
      /** A Sigstore trusted root (JSON); the embedded one where absent. */
      readonly trustedRoot?: Uint8Array;
    };

/** Which of the certificates under some anchors is meant. */
export interface LeafName {
  /** One of its subject alternative names, exactly. */
  readonly subject: string;
  /** The distinguished name of whoever issued it, exactly; any where absent. */
  readonly issuer?: string;
}

/** Two entries with one key, or with one identity under one issuer, have one id. */
export function entryId(entry: TrustEntry): string {
  switch (entry.kind) {
    case 'key':
      return `key ${entry.key.fingerprint}`;
    case 'identity':
      return `identity ${JSON.stringify([entry.identity, entry.issuer])}`;
    case 'anchors':
      return entry.leaf === undefined ? 'anchors' : leafId(entry.leaf);
  }
}

export const leafId = ({ subject, issuer }: LeafName): string =>
  `certificate ${JSON.stringify([subject, issuer ?? null])}`;

/** Two entries with one key, or one identity given twice, are one entry (design §5, threshold). */
export function distinctEntries(entries: readonly TrustEntry[]): TrustEntry[] {
  const seen = new Map<string, TrustEntry>();
  for (const entry of entries) if (!seen.has(entryId(entry))) seen.set(entryId(entry), entry);
  return [...seen.values()];
}
