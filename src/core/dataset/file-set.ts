import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { type FileSet, fileSet, type ModelListing, walkModel, walkProblemError } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';

export interface DatasetFiles {
  readonly listing: ModelListing;
  readonly set: FileSet;
}

/**
 * The file set of a dataset (design §3): that of a model. Links are not followed.
 *
 * @param ignored canonical paths
 * @throws StemmaError MODEL_EMPTY, SYMLINK_REFUSED, NOT_A_REGULAR_FILE, PATH_INVALID, PATH_NOT_FOUND, FILE_UNREADABLE, INTERRUPTED
 */
export async function listDataset(
  path: string,
  { ignored, signal }: AbortOptions & { readonly ignored: readonly string[] },
): Promise<DatasetFiles> {
  const listing = await walkModel(path, { allowSymlinks: false, signal });
  const set = fileSet(listing, { ignored });
  const [problem] = set.problems;
  if (problem !== undefined)
    throw walkProblemError(problem, 'put a copy of the file in its place: in a dataset no link is followed');
  if (set.files.length === 0) throw new StemmaError('MODEL_EMPTY', `${quote(listing.name)} has no file to commit to`);
  return { listing, set };
}
