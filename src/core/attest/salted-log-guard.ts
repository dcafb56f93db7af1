import type { LogRoot, Statement } from '../attestation/index.ts';
import { hexEncode, quote } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { fileDigests, type ModelDigest } from '../model/index.ts';
import { namedEvidence, readEvidence } from './evidence-beside.ts';
import type { Materials } from './materials.ts';
import { type SaltedLog, saltedLogsIn } from './salted-logs.ts';

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
 * Refuses to tell the plain digest of a salted log because its bytes are also those of a file of a model, of a parent, or of
 * another log: a copy, a second name, or what the command printed as well.
 *
 * @throws StemmaError USAGE
 */
export function refuseToldPlain(
  logs: readonly SaltedLog[],
  told: { readonly models: readonly ModelDigest[]; readonly materials: Materials },
): void {
  const byPlain = new Map(
    logs.flatMap(({ plain, root }) => (plain === undefined ? [] : [[plain, root.name] as const])),
  );
  if (byPlain.size === 0) return;
  for (const { plan, files } of told.models) {
    const copy = fileDigests(plan, files).find(({ sha256 }) => byPlain.has(hexEncode(sha256)));
    if (copy === undefined) continue;
    const where = copy.path === '' ? 'the model' : `the file ${quote(copy.path)} of the model`;
    throw toldPlain(byPlain.get(hexEncode(copy.sha256)) ?? '', where);
  }
  const { logs: plainLogs, config, inputs, environment, links } = told.materials;
  for (const { name, digest } of [...plainLogs, ...config, ...inputs, ...environment, ...links]) {
    const log = byPlain.get(digest['sha256'] ?? '');
    if (log !== undefined) throw toldPlain(log, quote(name ?? 'a digest set'));
  }
}

function toldPlain(log: string, where: string): StemmaError {
  const message = `the salted log ${quote(log)} has the same bytes as ${where}, whose plain digest is published: its records could be guessed`;
  return new StemmaError('USAGE', message, {
    hint: 'leave the copy out, and do not print the log: nothing is attested',
  });
}

function orNone(statement: Statement): LogRoot[] {
  try {
    return saltedLogsIn(statement);
  } catch (error) {
    if (isStemmaError(error)) return [];
    throw error;
  }
}
