import path from 'node:path';
import { type LogRoot, PROVENANCE_PREDICATE_TYPE, parseProvenance, type Statement } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import type { WrittenSecret } from '../dataset/index.ts';
import { SALTED_TREE } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { digestSaltedLog, type SaltedLogFile } from '../trainlog/index.ts';
import { namedEvidence, readEvidence } from './evidence-beside.ts';
import { logRoot } from './materials.ts';
import { keepSecret, openSecret, refuseReuse, type SaltSecret } from './salt-secret.ts';

/** A salted log of what is being attested, and the secret that its root follows from. */
export interface SaltedLog {
  readonly root: LogRoot;
  readonly secret: SaltSecret;
}

/**
 * Digests salted logs, each under the secret in its file, or under a new one where there is no such file.
 *
 * @throws StemmaError SECRET_INVALID; as `digestSaltedLog`
 */
export async function readSaltedLogs(
  files: readonly SaltedLogFile[],
  options: AbortOptions & ProgressOptions,
): Promise<SaltedLog[]> {
  const logs: SaltedLog[] = [];
  for (const { file, secret } of files) {
    const opened = await openSecret(secret);
    logs.push({ root: logRoot(await digestSaltedLog(file, opened.bytes, options), options), secret: opened });
  }
  return logs;
}

/**
 * Refuses secrets that were there already unless each salted exactly its log before, as a provenance says.
 *
 * @param attestations files that the provenance may be in
 * @throws StemmaError SECRET_REUSED
 */
export async function refuseReusedSecrets(logs: readonly SaltedLog[], attestations: readonly string[]): Promise<void> {
  for (const { root, secret } of logs) {
    const hasRoot = (statement: Statement): boolean =>
      saltedLogsIn(statement).some(({ digest }) => digest[SALTED_TREE] === root.digest[SALTED_TREE]);
    await refuseReuse(secret, 'log', attestations, hasRoot);
  }
}

/**
 * Refuses to publish the plain digest of a log that a provenance about the same model lists salted: by its name and number of
 * records, since its bytes cannot be told without the secret. What the line says is not authenticated: a digest that was not
 * published can still be.
 *
 * @param attestations files that the provenance may be in
 * @throws StemmaError USAGE; as `readEvidence`
 */
export async function refuseUnsalting(
  logs: readonly Pick<LogRoot, 'name' | 'size'>[],
  attestations: readonly string[],
): Promise<void> {
  if (logs.length === 0) return;
  const evidence = await readEvidence(attestations.map(namedEvidence));
  const salted = evidence.flatMap(({ statement }) => (statement === undefined ? [] : orNone(statement)));
  for (const { name, size } of logs) {
    if (!salted.some((log) => log.name === name && log.size === size)) continue;
    const message = `the attestations of this model list a salted log ${quote(name)} of ${size} records: its plain digest would let them be guessed`;
    throw new StemmaError('USAGE', message, {
      hint: 'give it with --salted-log LOG=SECRET; if it is another log, under another name',
    });
  }
}

/**
 * Puts new secrets on the disk before `work` writes what rests on them, and takes them away again where it fails.
 *
 * @throws StemmaError WOULD_OVERWRITE, WRITE_FAILED; whatever `work` throws
 */
export async function keepingSecrets<T>(logs: readonly SaltedLog[], work: () => Promise<T>): Promise<T> {
  const written: WrittenSecret[] = [];
  try {
    for (const { secret } of logs) {
      const kept = await keepSecret(secret);
      if (kept !== undefined) written.push(kept);
    }
    return await work();
  } catch (error) {
    for (const secret of written) await secret.discard();
    throw error;
  }
}

/** Base names of the secrets that were made. */
export const newSecretNames = (logs: readonly SaltedLog[]): string[] =>
  logs.flatMap(({ secret }) => (secret.isNew ? [path.basename(secret.file)] : []));

function saltedLogsIn(statement: Statement): LogRoot[] {
  if (statement.predicateType !== PROVENANCE_PREDICATE_TYPE) return [];
  return parseProvenance(statement).logs.filter(({ digest }) => Object.hasOwn(digest, SALTED_TREE));
}

function orNone(statement: Statement): LogRoot[] {
  try {
    return saltedLogsIn(statement);
  } catch (error) {
    if (isStemmaError(error)) return [];
    throw error;
  }
}
