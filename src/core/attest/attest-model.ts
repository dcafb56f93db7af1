import { relativeTo, removeLeftovers, withLock } from '../evidence/index.ts';
import { digestModel, fileSet, locateModel, walkModel } from '../model/index.ts';
import { detectBuilder } from './builder.ts';
import { manifestOf } from './manifest.ts';
import { readMaterials } from './materials.ts';
import { requireRecordableName } from './names.ts';
import { requireOmsKey } from './oms-key.ts';
import type { AttestOptions } from './options.ts';
import { modelPayload, omsPayloadOf, provenancePayload } from './payloads.ts';
import { choosePlace, firstChoice } from './place.ts';
import { type AttestResult, attestResult } from './result.ts';
import { refuseSecret } from './secrets.ts';
import { signedLine } from './signed-line.ts';
import { requireListable, requireReadable } from './statement-size.ts';
import { requireUnchanged } from './unchanged.ts';
import { writeEvidence } from './write-evidence.ts';

const NO_MODEL_SIG = 'leave the OMS signature out with --no-model-sig; our own statement names all files by one root';

/**
 * Attests a model (design §4): reads every byte once, then writes `model.sig`, the model statement and its provenance, and the
 * manifest. Equal inputs give equal bytes, and what is there already is not written again.
 *
 * @throws StemmaError KEY_TYPE_REFUSED and USAGE before any hashing; as `digestModel`, `digestLog` and `readSource`;
 *   WOULD_OVERWRITE, TOO_LARGE, WRITE_FAILED, LOCK_TIMEOUT
 */
export async function attestModel(options: AttestOptions): Promise<AttestResult> {
  const { signer, allowSymlinks, onWarning } = options;
  if (options.modelSig) requireOmsKey(signer.publicKey);
  for (const [parameter, value] of Object.entries(options.parameters)) refuseSecret(parameter, value);
  if (options.name !== undefined) requireRecordableName(options.name);
  const located = await locateModel(options.model, options);
  const { root, kind, ignored, opaque } = located;
  const first = firstChoice(located, options.outputDir);
  const inside = kind === 'folder' && relativeTo(root, first.signature) !== undefined ? root : undefined;
  await withLock(first.signature, () => removeLeftovers(Object.values(first), inside), options);

  if (options.modelSig)
    requireListable(fileSet(await walkModel(options.model, options), { ignored }).files, NO_MODEL_SIG);
  const materials = await readMaterials(root, options);
  const builder = detectBuilder(options.env, onWarning);
  const model = await digestModel(options.model, { ...options, phase: 'hashing model', ignored, opaque });
  for (const warning of model.listing.warnings) onWarning?.(warning);

  const name = options.name ?? model.listing.name;
  const manifest = options.manifest ? manifestOf(model) : undefined;
  const { id, invocationId } = builder;
  const provenance = { name, parameters: options.parameters, ...materials, builder: { id }, invocationId };
  const statements = [
    await signedLine(modelPayload(model, { name, allowSymlinks, manifest: manifest?.sha256 }), signer),
    await signedLine(provenancePayload(model, provenance), signer),
  ];
  const oms = options.modelSig ? await signedLine(omsPayloadOf(model, allowSymlinks), signer) : undefined;
  if (oms !== undefined) requireReadable(oms, NO_MODEL_SIG);

  const work = async (): Promise<Pick<Parameters<typeof attestResult>[0], 'place' | 'written'>> => {
    const place = await choosePlace(located, first, oms, options);
    await requireUnchanged(options.model, model.set, { ...options, ignored });
    const { locations, signature, omsLine } = place;
    const lines = [...(omsLine === undefined ? [] : [omsLine]), ...statements, ...materials.ancestors];
    const written = await writeEvidence(
      {
        locations,
        inside: locations === first ? inside : undefined,
        signature,
        lines,
        manifest,
        force: options.force,
      },
      options,
    );
    return { place, written };
  };
  const done = await withLock(first.signature, work, options);
  return attestResult({ name, model, materials, key: signer.publicKey, builder: builder.system, oms, ...done });
}
