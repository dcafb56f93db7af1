import type { DigestSet } from '../digest/index.ts';
import type { HashOptions } from './parent-digests.ts';
import { resolveParent } from './parents.ts';
import { parseDatasetReference } from './reference.ts';

/**
 * The DigestSet by which a link of a child would name a model or dataset: of its bytes, or as an evidence file says.
 *
 * @throws StemmaError PATH_NOT_FOUND, DIGEST_SET_INVALID, USAGE for a salted dataset without its evidence file; as for reading
 */
export async function artifactDigests(text: string, options: HashOptions): Promise<DigestSet> {
  // A dataset's set is a model's without the segment tree, whose containers need not be read to find what names it.
  const { digests } = await resolveParent('dataset', parseDatasetReference(text), {
    ...options,
    copyParentEvidence: false,
  });
  return digests;
}
