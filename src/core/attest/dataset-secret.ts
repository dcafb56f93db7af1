import path from 'node:path';
import { DATASET_PREDICATE_TYPE } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { SALTED_TREE } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { relativeTo } from '../evidence/index.ts';
import type { LocatedModel } from '../model/index.ts';
import { openSecret, refuseReuse, type SaltSecret } from './salt-secret.ts';

/**
 * The secret of a dataset in a file, or a new one where there is no such file.
 *
 * @throws StemmaError USAGE for a file in the dataset, which would be handed on with it; SECRET_INVALID, FILE_UNREADABLE
 */
export async function takeDatasetSecret(file: string, { root, kind }: LocatedModel): Promise<SaltSecret> {
  const within = kind === 'folder' ? relativeTo(root, path.resolve(file)) !== undefined : path.resolve(file) === root;
  if (within)
    throw new StemmaError('USAGE', `the secret ${quote(path.basename(file))} lies in the dataset that it is to salt`, {
      hint: 'choose a place outside: who has the secret can guess the records',
    });
  return openSecret(file);
}

/**
 * Refuses a secret that was there already unless it salted exactly this dataset before.
 *
 * @param attestations where the statement is about to be appended
 * @throws StemmaError SECRET_REUSED
 */
export async function refuseDatasetReuse(secret: SaltSecret, root: string, attestations: string): Promise<void> {
  await refuseReuse(
    secret,
    'dataset',
    [attestations],
    ({ predicateType, subject }) =>
      predicateType === DATASET_PREDICATE_TYPE && subject[0]?.digest[SALTED_TREE] === root,
  );
}
