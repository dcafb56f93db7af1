import path from 'node:path';

const REPOSITORY = /^(?:models|datasets|spaces)--/;

/**
 * The Hugging Face cache repository that a folder belongs to: `…/models--org--name` for `…/models--org--name/snapshots/COMMIT`
 * and whatever lies below it.
 *
 * @param folder real path
 */
function repositoryOf(folder: string): string | undefined {
  const parts = folder.split(path.sep);
  for (let i = parts.length - 2; i >= 1; i--) {
    if (parts[i] === 'snapshots' && REPOSITORY.test(parts[i - 1] as string)) return parts.slice(0, i).join(path.sep);
  }
  return undefined;
}

/**
 * Whether a link in a folder of a Hugging Face snapshot leads to a blob of the same repository (design §3). Both are real
 * paths, so a `blobs` folder that is itself a link elsewhere does not count.
 */
export function isSnapshotBlob(folder: string, target: string): boolean {
  const repository = repositoryOf(folder);
  return repository !== undefined && path.dirname(target) === path.join(repository, 'blobs');
}
