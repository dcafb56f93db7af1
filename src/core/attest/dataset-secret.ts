import path from 'node:path';
import { DATASET_PREDICATE_TYPE, parseBundle, parseStatement } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { newSecret, readSecret, type WrittenSecret, writeSecret } from '../dataset/index.ts';
import { SALTED_TREE } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { MAX_EVIDENCE_BYTES, readIfPresent, relativeTo, splitLines } from '../evidence/index.ts';
import type { LocatedModel } from '../model/index.ts';

/** The secret of a dataset that is being attested. */
export interface DatasetSecret {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Not on the disk yet: it is written right before the statement that rests on it. */
  readonly isNew: boolean;
}

/**
 * The secret in a file, or a new one where there is no such file.
 *
 * @throws StemmaError USAGE for a file in the dataset, which would be handed on with it; SECRET_INVALID, FILE_UNREADABLE
 */
export async function takeSecret(file: string, { root, kind }: LocatedModel): Promise<DatasetSecret> {
  const within = kind === 'folder' ? relativeTo(root, path.resolve(file)) !== undefined : path.resolve(file) === root;
  if (within)
    throw new StemmaError('USAGE', `the secret ${quote(path.basename(file))} lies in the dataset that it is to salt`, {
      hint: 'choose a place outside: who has the secret can guess the records',
    });
  const bytes = await readSecret(file);
  return bytes === undefined ? { file, bytes: newSecret(), isNew: true } : { file, bytes, isNew: false };
}

/**
 * Refuses a secret that was there already unless it salted exactly these records before: a statement in the attestations file
 * then has the root that follows from it, which nobody makes up without the secret.
 *
 * @param attestations where the statement is about to be appended
 * @throws StemmaError SECRET_REUSED
 */
export async function refuseReuse(secret: DatasetSecret, root: string, attestations: string): Promise<void> {
  if (secret.isNew) return;
  const present = (await readIfPresent(attestations, { maxBytes: MAX_EVIDENCE_BYTES })) ?? new Uint8Array();
  if (splitLines(present).some(({ bytes }) => hasRoot(bytes, root))) return;
  throw new StemmaError(
    'SECRET_REUSED',
    `the secret ${quote(path.basename(secret.file))} is there already, and no statement in ${quote(path.basename(attestations))} says that it salted exactly this dataset`,
    {
      hint: 'name a file that is not there yet: under one secret, equal records of two datasets can be told to be equal',
    },
  );
}

/** Puts a new secret on the disk; undefined for one that is there. */
export async function keepSecret({ file, bytes, isNew }: DatasetSecret): Promise<WrittenSecret | undefined> {
  return isNew ? writeSecret(file, bytes) : undefined;
}

function hasRoot(line: Uint8Array, root: string): boolean {
  try {
    const { predicateType, subject } = parseStatement(parseBundle(line, 'a line').envelope);
    return predicateType === DATASET_PREDICATE_TYPE && subject[0]?.digest[SALTED_TREE] === root;
  } catch (error) {
    if (isStemmaError(error)) return false;
    throw error;
  }
}
