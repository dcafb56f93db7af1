import path from 'node:path';
import { parseBundle, parseStatement, type Statement } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { newSecret, readSecret, type WrittenSecret, writeSecret } from '../dataset/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { MAX_EVIDENCE_BYTES, readIfPresent, splitLines } from '../evidence/index.ts';

/** The secret of a dataset or of a log that is being attested. */
export interface SaltSecret {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Not on the disk yet: it is written right before the statement that rests on it. */
  readonly isNew: boolean;
}

/**
 * The secret in a file, or a new one where there is no such file.
 *
 * @throws StemmaError SECRET_INVALID, FILE_UNREADABLE
 */
export async function openSecret(file: string): Promise<SaltSecret> {
  const bytes = await readSecret(file);
  return bytes === undefined ? { file, bytes: newSecret(), isNew: true } : { file, bytes, isNew: false };
}

/**
 * Refuses a secret that was there already unless it salted exactly these records before: a statement in the attestations
 * then has the root that follows from it, which nobody makes up without the secret.
 *
 * @param salted what it is to salt, for the message
 * @param attestations files that the statement may be in
 * @param hasRoot whether a statement has that root
 * @throws StemmaError SECRET_REUSED
 */
export async function refuseReuse(
  secret: SaltSecret,
  salted: 'dataset' | 'log',
  attestations: readonly string[],
  hasRoot: (statement: Statement) => boolean,
): Promise<void> {
  if (secret.isNew) return;
  for (const file of attestations) {
    const present = (await readIfPresent(file, { maxBytes: MAX_EVIDENCE_BYTES })) ?? new Uint8Array();
    if (splitLines(present).some(({ bytes }) => says(bytes, hasRoot))) return;
  }
  const where = quote(path.basename(attestations[0] ?? ''));
  throw new StemmaError(
    'SECRET_REUSED',
    `the secret ${quote(path.basename(secret.file))} is there already, and no statement in ${where} says that it salted exactly this ${salted}`,
    {
      hint: `name a file that is not there yet: under one secret, equal records of two ${salted}s can be told to be equal`,
    },
  );
}

/** Puts a new secret on the disk; undefined for one that is there. */
export async function keepSecret({ file, bytes, isNew }: SaltSecret): Promise<WrittenSecret | undefined> {
  return isNew ? writeSecret(file, bytes) : undefined;
}

function says(line: Uint8Array, hasRoot: (statement: Statement) => boolean): boolean {
  try {
    return hasRoot(parseStatement(parseBundle(line, 'a line').envelope));
  } catch (error) {
    if (isStemmaError(error)) return false;
    throw error;
  }
}
