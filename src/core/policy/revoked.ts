import type { DigestSet } from '../digest/pure.ts';
import type { Evidence, Signer } from '../lineage/index.ts';
import type { PolicyDocument } from './schema.ts';

/** Ids of signers that the policy has revoked, with the reason. */
export type RevokedIds = ReadonlyMap<string, string>;

export function revokedIds({ revoked }: PolicyDocument): RevokedIds {
  return new Map(
    (revoked?.keys ?? []).map(({ fingerprint, reason }) => [`key ${fingerprint}`, reason ?? 'no reason given']),
  );
}

/** Those of its signers who are not revoked: nobody, where the key that a certificate vouches for is. */
export function standing({ signers, certifiedKey }: Signed, revoked: RevokedIds): readonly Signer[] {
  if (certifiedKey !== undefined && isRevoked(`key ${certifiedKey}`, revoked)) return [];
  return signers.filter(({ id }) => !isRevoked(id, revoked));
}

type Signed = Pick<Evidence, 'signers' | 'certifiedKey'>;

export const isRevoked = (id: string, revoked: RevokedIds): boolean => revoked.has(id);

/**
 * Why an artifact is denied, or undefined. One digest in common is enough: a list that names the `sha256` of a folder is meant for
 * that folder, whatever else is known of it.
 */
export function deniedBecause({ revoked, lineage }: PolicyDocument, sets: readonly DigestSet[]): string | undefined {
  const lists = [...(revoked?.digests ?? []), ...(lineage?.denyDigests ?? [])];
  const entry = lists.find(({ digest }) =>
    Object.entries(digest).some(([algorithm, value]) =>
      sets.some((digests) => Object.hasOwn(digests, algorithm) && digests[algorithm] === value),
    ),
  );
  return entry === undefined ? undefined : (entry.reason ?? 'no reason given');
}
