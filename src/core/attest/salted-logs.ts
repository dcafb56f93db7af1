import path from 'node:path';
import { type LogRoot, PROVENANCE_PREDICATE_TYPE, parseProvenance, type Statement } from '../attestation/index.ts';
import { hexEncode } from '../bytes/index.ts';
import type { WrittenSecret } from '../dataset/index.ts';
import { createHash, SALTED_TREE } from '../digest/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { digestSaltedLog, type SaltedLogFile } from '../trainlog/index.ts';
import { logRoot } from './materials.ts';
import { keepSecret, openSecret, refuseReuse, type SaltSecret } from './salt-secret.ts';

/** A salted log of what is being attested, and the secret that its root follows from. */
export interface SaltedLog {
  readonly root: LogRoot;
  readonly secret: SaltSecret;
  /** SHA-256 of the log, in hex: to be looked for, never to be said. Undefined for an empty log, whose digest everybody knows. */
  readonly plain: string | undefined;
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
    const whole = createHash('sha256');
    const digest = await digestSaltedLog(file, opened.bytes, options, { onBytes: (chunk) => whole.update(chunk) });
    const plain = digest.bytes === 0 ? undefined : hexEncode(whole.digest());
    logs.push({ root: logRoot(digest, options), secret: opened, plain });
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

/** The salted logs of a provenance. @throws StemmaError as `parseProvenance` */
export function saltedLogsIn(statement: Statement): LogRoot[] {
  if (statement.predicateType !== PROVENANCE_PREDICATE_TYPE) return [];
  return parseProvenance(statement).logs.filter(({ digest }) => Object.hasOwn(digest, SALTED_TREE));
}
