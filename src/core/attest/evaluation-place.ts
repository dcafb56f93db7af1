import { besideLocations, type EvidenceLocations } from '../evidence/index.ts';
import { isIgnored, type LocatedModel, SIDE_FILES } from '../model/index.ts';
import type { EvaluateOptions } from './evaluation-options.ts';
import { existingSignature } from './existing.ts';

/**
 * Where lines about a model go that come without a signature of it: beside a folder whose `model.sig` by somebody else would no
 * longer match with a file of ours in it (design §4). The caller holds the lock.
 *
 * @throws StemmaError TOO_LARGE, FILE_UNREADABLE, NOT_A_REGULAR_FILE
 */
export async function placeOfLines(
  { root, kind }: LocatedModel,
  first: EvidenceLocations,
  { signer, outputDir, onWarning }: Pick<EvaluateOptions, 'signer' | 'outputDir' | 'onWarning'>,
): Promise<EvidenceLocations> {
  if (kind === 'file' || outputDir !== undefined) return first;
  const existing = await existingSignature(first.signature, signer.publicKey);
  if (existing.state !== 'foreign' || isIgnored(SIDE_FILES.attestations, existing.ignores)) return first;
  onWarning?.('the signature in the folder does not ignore our files, which are therefore written beside the folder');
  return besideLocations(root);
}
