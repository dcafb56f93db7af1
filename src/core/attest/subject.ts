import type { ObservedRun } from '../attestation/index.ts';
import { type EvidenceLocations, relativeTo, removeLeftovers, withLock } from '../evidence/index.ts';
import { digestModel, fileSet, type LocatedModel, locateModel, type ModelDigest, walkModel } from '../model/index.ts';
import type { Builder } from './builder.ts';
import { manifestOf } from './manifest.ts';
import type { Materials } from './materials.ts';
import { requireRecordableName } from './names.ts';
import { requireOmsKey } from './oms-key.ts';
import type { SubjectOptions } from './options.ts';
import { modelPayload, omsPayloadOf, provenancePayload } from './payloads.ts';
import { choosePlace, firstChoice, keepsSignature } from './place.ts';
import { type AttestResult, attestResult } from './result.ts';
import { refuseSecret } from './secrets.ts';
import { requireShares } from './share.ts';
import { signedLine } from './signed-line.ts';
import { requireListable, requireReadable, tooManyForLine } from './statement-size.ts';
import { requireUnchanged } from './unchanged.ts';
import { writeEvidence } from './write-evidence.ts';

const NO_MODEL_SIG = 'leave the OMS signature out with --no-model-sig; our own statement names all files by one root';

/** A model that is there, and where its evidence is to go. */
export interface Subject {
  readonly located: LocatedModel;
  readonly first: EvidenceLocations;
  /** The model's folder where `first` lies in it. */
  readonly inside: string | undefined;
}

/** How a model came to be, and who says so. */
export interface Origin {
  readonly materials: Materials;
  readonly builder: Builder;
  /** Only where the command was watched. */
  readonly run?: ObservedRun;
}

/**
 * What can be refused before anything is read.
 *
 * @throws StemmaError KEY_TYPE_REFUSED, USAGE
 */
export function requireAttestable({ signer, modelSig, bases, parameters, name }: SubjectOptions): void {
  if (modelSig) requireOmsKey(signer.publicKey);
  for (const [parameter, value] of Object.entries(parameters)) refuseSecret(parameter, value);
  if (name !== undefined) requireRecordableName(name);
  requireShares(bases, parameters);
}

/**
 * Finds a model and the place of its evidence, and removes there what a killed process left behind.
 *
 * @throws StemmaError PATH_NOT_FOUND, FILE_UNREADABLE, USAGE, TOO_LARGE, LOCK_TIMEOUT
 */
export async function locateSubject(model: string, options: SubjectOptions): Promise<Subject> {
  const located = await locateModel(model, options);
  const { root, kind, ignored } = located;
  const first = firstChoice(located, options.outputDir);
  const inside = kind === 'folder' && relativeTo(root, first.signature) !== undefined ? root : undefined;
  await withLock(first.signature, () => removeLeftovers(Object.values(first), inside), options);
  if (options.modelSig) {
    const { files } = fileSet(await walkModel(root, options), { ignored });
    requireListable(files, NO_MODEL_SIG);
    const tooMany = tooManyForLine(files, NO_MODEL_SIG);
    if (tooMany !== undefined && (await keepsSignature(first.signature, options))) throw tooMany;
  }
  return { located, first, inside };
}

/**
 * Reads every byte of the model once.
 *
 * @throws StemmaError as `digestModel`
 */
export async function digestSubject({ located }: Subject, options: SubjectOptions): Promise<ModelDigest> {
  const { root, ignored, opaque } = located;
  const model = await digestModel(root, { ...options, phase: 'hashing model', ignored, opaque });
  for (const warning of model.listing.warnings) options.onWarning?.(warning);
  return model;
}

/**
 * Signs what a model is and how it came to be, and writes it in its place; what is there already is not written again.
 *
 * @throws StemmaError FILE_CHANGED, WOULD_OVERWRITE, TOO_LARGE, WRITE_FAILED, LOCK_TIMEOUT
 */
export async function writeAttestation(
  { located, first, inside }: Subject,
  model: ModelDigest,
  { materials, builder, run }: Origin,
  options: SubjectOptions,
): Promise<AttestResult> {
  const { signer, allowSymlinks, parameters } = options;
  const name = options.name ?? model.listing.name;
  const manifest = options.manifest ? manifestOf(model) : undefined;
  const { id, invocationId } = builder;
  const provenance = { name, parameters, ...materials, run, builder: { id }, invocationId };
  const statements = [
    await signedLine(modelPayload(model, { name, allowSymlinks, manifest: manifest?.sha256 }), signer),
    await signedLine(provenancePayload(model, provenance), signer),
  ];
  const oms = options.modelSig ? await signedLine(omsPayloadOf(model, allowSymlinks), signer) : undefined;
  if (oms !== undefined) requireReadable(oms, NO_MODEL_SIG);

  const work = async (): Promise<Pick<Parameters<typeof attestResult>[0], 'place' | 'written'>> => {
    const place = await choosePlace(located, first, oms, options);
    await requireUnchanged(located.root, model.set, { ...options, ignored: located.ignored });
    const { locations, signature, omsLine } = place;
    const lines = [...(omsLine === undefined ? [] : [omsLine]), ...statements, ...materials.ancestors];
    const own = locations === first ? inside : undefined;
    const evidence = { locations, inside: own, signature, lines, manifest, force: options.force };
    return { place, written: await writeEvidence(evidence, options) };
  };
  const done = await withLock(first.signature, work, options);
  return attestResult({ name, model, materials, key: signer.publicKey, builder: builder.system, oms, ...done });
}
