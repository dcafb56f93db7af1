import type { Statement } from '../attestation/index.ts';
import type { DigestSet } from '../digest/pure.ts';

/** One entry of a trust root: whoever it is, he counts once. */
export interface Signer {
  /** The same key, or the same identity under its issuer, has the same id. */
  readonly id: string;
  /** As the caller, or the policy, named it. */
  readonly label: string;
}

/** One statement whose signature was judged, as lineage and policy see it. */
export interface Evidence {
  /** Lower-case hex SHA-256 of the DSSE PAE: the same payload under two signatures is one id. */
  readonly id: string;
  /** The side file's name, or the base name of a file given by flag; untrusted. */
  readonly source: string;
  /** Line in a JSON Lines file, counted from 1. */
  readonly line?: number;
  readonly statement: Statement;
  /** What it is about, as a link may name it; an OMS statement by its recomputed sets, none where it has none (design §3). */
  readonly subjects: readonly DigestSet[];
  /** Entries of the trust root whose signature verified; empty where nobody trusted signed it. */
  readonly signers: readonly Signer[];
  /** Who signed as far as can be told; untrusted text unless `signers` has somebody. */
  readonly signer: string;
  /** Fingerprint of the key that made the signature, where a certificate vouches for that key. */
  readonly certifiedKey?: string;
  /** When a transparency log saw the signature of whom `signers` names. */
  readonly signedAt?: Date;
  /** Why nobody trusted did: one is named and did not sign this, his certificate was out of time, or nobody could tell. */
  readonly refused?: { readonly because: 'named' | 'expired' | 'unchecked'; readonly message: string };
}
