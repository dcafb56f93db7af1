import { besideLocations } from '../evidence/index.ts';
import { detectBuilder } from './builder.ts';
import type { TakenCard } from './card-claims.ts';
import { readMaterials } from './materials.ts';
import type { AttestOptions } from './options.ts';
import type { AttestResult } from './result.ts';
import { readPaths } from './run-output-roots.ts';
import { refuseSalted } from './salted-guard.ts';
import { refuseCopies } from './salted-log-copies.ts';
import { refuseToldPlain, refuseUnsalting } from './salted-log-guard.ts';
import { requireSaltedApart } from './salted-log-places.ts';
import { keepingSecrets, newSecretNames, readSaltedLogs, refuseReusedSecrets } from './salted-logs.ts';
import { digestSubject, locateSubject, requireAttestable, writeAttestation } from './subject.ts';

/**
 * Attests a model (design §4): reads every byte once, then writes `model.sig`, the model statement and its provenance, and the
 * manifest. Equal inputs give equal bytes, and what is there already is not written again.
 *
 * @throws StemmaError KEY_TYPE_REFUSED, CARD_INVALID, DVC_LOCK_INVALID and USAGE before any hashing; as `digestModel`, `digestLog` and `readSource`;
 *   SECRET_REUSED, WOULD_OVERWRITE, TOO_LARGE, WRITE_FAILED, LOCK_TIMEOUT
 */
export async function attestModel(given: AttestOptions): Promise<AttestResult> {
  requireAttestable(given);
  const card = given.fromCard === true ? await cardOf(given) : undefined;
  const options = card?.options ?? given;
  const subject = await locateSubject(options.model, options);
  const { located, first } = subject;
  const { saltedLogs = [] } = options;
  const others = [...readPaths({ ...options, inputs: [] }), ...options.logs];
  requireSaltedApart(saltedLogs, { models: [located], others });
  const materials = await readMaterials([located.root], options);
  card?.sayUnlinked(materials.links);
  const builder = detectBuilder(options.env, options.onWarning);
  const salted = await readSaltedLogs(saltedLogs, options);
  const attestations = [first.attestations, besideLocations(located.root).attestations];
  await refuseReusedSecrets(salted, attestations);
  await refuseUnsalting(materials.logs, attestations);
  const model = await digestSubject(subject, options);
  // After the walk, which says better what is wrong with a folder; nothing is published before.
  await refuseSalted(options.model, options);
  refuseToldPlain(salted, { models: [model], materials });
  const logFiles = saltedLogs.map(({ file }) => file);
  await refuseCopies(logFiles, { models: [model], others }, options);
  const logs = [...materials.logs, ...salted.map(({ root }) => root)];
  const origin = { materials: { ...materials, logs }, builder };
  const result = await keepingSecrets(salted, () => writeAttestation(subject, model, origin, options));
  const newSecrets = newSecretNames(salted);
  return newSecrets.length === 0 ? result : { ...result, newSecrets };
}

/** What is taken of the card; its parsers are loaded for those who ask. */
async function cardOf(given: AttestOptions): Promise<TakenCard> {
  const { takeCard } = await import('./card-claims.ts');
  return takeCard(given);
}
