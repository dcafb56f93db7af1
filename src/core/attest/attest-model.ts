import { detectBuilder } from './builder.ts';
import { readMaterials } from './materials.ts';
import type { AttestOptions } from './options.ts';
import type { AttestResult } from './result.ts';
import { refuseSalted } from './salted-guard.ts';
import { digestSubject, locateSubject, requireAttestable, writeAttestation } from './subject.ts';

/**
 * Attests a model (design §4): reads every byte once, then writes `model.sig`, the model statement and its provenance, and the
 * manifest. Equal inputs give equal bytes, and what is there already is not written again.
 *
 * @throws StemmaError KEY_TYPE_REFUSED and USAGE before any hashing; as `digestModel`, `digestLog` and `readSource`;
 *   WOULD_OVERWRITE, TOO_LARGE, WRITE_FAILED, LOCK_TIMEOUT
 */
export async function attestModel(options: AttestOptions): Promise<AttestResult> {
  requireAttestable(options);
  const subject = await locateSubject(options.model, options);
  const materials = await readMaterials([subject.located.root], options);
  const builder = detectBuilder(options.env, options.onWarning);
  const model = await digestSubject(subject, options);
  // After the walk, which says better what is wrong with a folder; nothing is published before.
  await refuseSalted(options.model, options);
  return writeAttestation(subject, model, { materials, builder }, options);
}
