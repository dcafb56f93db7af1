import type { PublicKey } from '../keys/index.ts';

/** One thing the user trusts: design §5 counts these, never signatures or key ids. */
export type TrustEntry =
  | { readonly kind: 'key'; readonly label: string; readonly key: PublicKey }
  /** Any leaf that may sign and whose path ends at one of these DER certificates. */
  | { readonly kind: 'anchors'; readonly label: string; readonly anchors: readonly Uint8Array[] }
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

/** Two entries with one key, or with one identity under one issuer, have one id. */
export function entryId(entry: TrustEntry): string {
  switch (entry.kind) {
    case 'key':
      return `key ${entry.key.fingerprint}`;
    case 'identity':
      return `identity ${JSON.stringify([entry.identity, entry.issuer])}`;
    case 'anchors':
      return 'anchors';
  }
}

/** Two entries with one key, or one identity given twice, are one entry (design §5, threshold). */
export function distinctEntries(entries: readonly TrustEntry[]): TrustEntry[] {
  const seen = new Map<string, TrustEntry>();
  for (const entry of entries) if (!seen.has(entryId(entry))) seen.set(entryId(entry), entry);
  return [...seen.values()];
}
