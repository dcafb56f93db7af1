import { existsSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { FILE_TREE } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import {
  fileDigests,
  fileSet,
  fileTreeRoot,
  hashPlan,
  type LocatedModel,
  locateModel,
  type ModelDigest,
  parseModelPaths,
  plainPlan,
  walkModel,
  walkProblemError,
} from '../model/index.ts';
import { existingSignature, refuseOverwrite } from './existing.ts';
import { firstChoice } from './place.ts';
import type { RunOptions } from './run-options.ts';
import { type OutputRoot, requireSamePlaces } from './run-output-roots.ts';
import { digestSubject, locateSubject, type Subject } from './subject.ts';

/** A declared output, as it was before the command. */
export interface Output extends OutputRoot {
  /** Root of the file tree; undefined where there was no file. */
  readonly before: string | undefined;
}

/** An output that the command made, digested. */
export interface MadeOutput {
  readonly subject: Subject;
  readonly model: ModelDigest;
}

/**
 * What the outputs are before the command, and that their evidence will have a place: an hour of training is not to end with
 * a signature that is in the way.
 *
 * @throws StemmaError WOULD_OVERWRITE, USAGE; as `walkModel` and `hashPlan`
 */
export async function readOutputs(roots: readonly OutputRoot[], options: RunOptions): Promise<Output[]> {
  const outputs: Output[] = [];
  for (const { root, place } of roots) {
    const isThere = existsSync(root);
    await requirePlace(root, isThere, options);
    outputs.push({ root, place, before: isThere ? await rootNow(root, options) : undefined });
  }
  return outputs;
}

/**
 * The outputs whose bytes changed, digested as models.
 *
 * @throws StemmaError OUTPUT_MISSING where one is not there, or none changed; as `requireSamePlaces` and `digestModel`
 */
export async function digestOutputs(outputs: readonly Output[], options: RunOptions): Promise<MadeOutput[]> {
  requireSamePlaces(outputs, options);
  const made: MadeOutput[] = [];
  for (const { root, before } of outputs) {
    const name = quote(path.basename(root));
    if (!existsSync(root)) {
      throw new StemmaError('OUTPUT_MISSING', `the command made no output ${name}: nothing is attested`, {
        hint: 'name with --output what the command writes',
      });
    }
    const subject = await locateSubject(root, options);
    const model = await digestSubject(subject, options);
    if (model.trees.digests[FILE_TREE] !== before) made.push({ subject, model });
    else options.onWarning?.(`the output ${name} is as it was before the command: it is not attested`);
  }
  if (made.length > 0) return made;
  throw new StemmaError('OUTPUT_MISSING', 'no output changed while the command ran: nothing is attested', {
    hint: 'name with --output what the command writes; what was there already is attested with stemma attest',
  });
}

/**
 * What can be told of the place before there is a model: the paths in it, and what is in the way. Of an output that is not there
 * yet nobody knows whether it is to be a folder or a file.
 */
async function requirePlace(root: string, isThere: boolean, options: RunOptions): Promise<void> {
  if (isThere) return requireFree(await locateModel(root, options), options);
  const ignored = parseModelPaths(options.ignore, { root, kind: 'folder', flag: '--ignore' });
  const opaque = parseModelPaths(options.opaque, { root, kind: 'folder', flag: '--opaque' });
  await requireFree({ root, kind: 'folder', ignored, opaque }, options);
  await requireFree({ root, kind: 'file', ignored: [], opaque: [] }, options);
}

async function requireFree(
  located: LocatedModel,
  { signer, modelSig, manifest, force, outputDir }: RunOptions,
): Promise<void> {
  const places = firstChoice(located, outputDir);
  if (force) return;
  if (modelSig && (await existingSignature(places.signature, signer.publicKey)).state === 'ours') {
    refuseOverwrite(
      path.basename(places.signature),
      'it signs what the output holds now, and the command is to change that',
    );
  }
  if (manifest && existsSync(places.manifest) && existsSync(places.attestations)) {
    const hint =
      'remove the evidence of what was there before, write elsewhere with --output-dir, or replace it with --force';
    refuseOverwrite(path.basename(places.manifest), 'an attestation beside it may name exactly these bytes', hint);
  }
}

/** The file tree as it is now, nothing parsed: what was there before need not be a model. */
async function rootNow(root: string, options: RunOptions): Promise<string | undefined> {
  const { ignored } = await locateModel(root, options);
  const set = fileSet(await walkModel(root, options), { ignored });
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  if (set.files.length === 0) return undefined;
  const plan = plainPlan(set);
  const { segmentHash: _, ...engine } = options;
  const results = await hashPlan(plan, { ...engine, phase: 'hashing output', whole: ['sha256'] });
  for (const { error } of results) if (error !== undefined) throw error;
  return fileTreeRoot(fileDigests(plan, results)).root;
}
