import { access } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { besideLocations, evidenceLocations } from '../evidence/index.ts';

/**
 * The attestations in or beside a model or dataset.
 *
 * @throws StemmaError EVIDENCE_MISSING
 */
export async function ownAttestations(root: string, kind: 'folder' | 'file'): Promise<string> {
  const places = [evidenceLocations(root, kind).attestations];
  if (kind === 'folder') places.push(besideLocations(root).attestations);
  for (const place of places) {
    const isThere = await access(place).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  throw new StemmaError('EVIDENCE_MISSING', `${quote(path.basename(root))} has no attestations of its own`, {
    hint: 'name them with --attestation FILE, or attest it first',
  });
}
