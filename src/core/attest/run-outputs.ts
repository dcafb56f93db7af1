import { existsSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { FILE_TREE } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { evidenceLocations, outputLocations } from '../evidence/index.ts';
import {
  fileDigests,
  fileSet,
  fileTreeRoot,
  hashPlan,
  locateModel,
  type ModelDigest,
  plainPlan,
  walkModel,
  walkProblemError,
} from '../model/index.ts';
import { existingSignature, MADE_FOR_OTHERS, refuseOverwrite } from './existing.ts';
import type { Reference } from './reference.ts';
import type { RunOptions } from './run-options.ts';
import { digestSubject, locateSubject, type Subject } from './subject.ts';

/** A declared output, as it was before the command. */
export interface Output {
  /** Absolute. */
  readonly root: string;
  /** Root of the file tree; undefined where there was no file. */
  readonly before: string | undefined;
}

/** An output that the command made, digested. */
export interface MadeOutput {
  readonly subject: Subject;
  readonly model: ModelDigest;
}

/**
 * Where the outputs are to be, refused before anything runs where their evidence could not be told apart or could not be true.
 *
 * @returns absolute paths, in the order given
 * @throws StemmaError USAGE
 */
export function outputRoots(options: RunOptions): string[] {
  const roots = options.outputs.map((output) => path.resolve(output));
  if (roots.length === 0) {
    throw new StemmaError('USAGE', 'expected an output to attest, found none', { hint: 'name it with --output' });
  }
  for (const [i, root] of roots.entries()) {
    const other = roots.find((candidate, j) => j !== i && isWithin(root, candidate));
    if (other === undefined) continue;
    const message = `the output ${quote(path.basename(root))} lies in the output ${quote(path.basename(other))}`;
    throw new StemmaError('USAGE', message, { hint: 'name the outer one alone' });
  }
  if (roots.length > 1 && (options.name !== undefined || options.outputDir !== undefined)) {
    throw new StemmaError('USAGE', 'a name, or a folder for the evidence, is of one output; found several');
  }
  const mutable = new Set(options.mutable.map((file) => path.resolve(file)));
  for (const input of inputPaths(options)) {
    const written = roots.find((root) => isWithin(root, input));
    if (written === undefined || mutable.has(input)) continue;
    const message = `the output ${quote(path.basename(written))} lies in the input ${quote(path.basename(input))}`;
    throw new StemmaError('USAGE', message, {
      hint: 'write elsewhere, or say with --mutable that the input may change',
    });
  }
  return roots;
}

/**
 * What the outputs are before the command, and that their evidence will have a place: an hour of training is not to end with
 * a signature that is in the way.
 *
 * @throws StemmaError WOULD_OVERWRITE; as `walkModel` and `hashPlan`
 */
export async function readOutputs(roots: readonly string[], options: RunOptions): Promise<Output[]> {
  const outputs: Output[] = [];
  for (const root of roots) {
    const isThere = existsSync(root);
    if (isThere) await requirePlace(root, options);
    outputs.push({ root, before: isThere ? await rootNow(root, options) : undefined });
  }
  return outputs;
}

/**
 * The outputs whose bytes changed, digested as models.
 *
 * @throws StemmaError OUTPUT_MISSING where one is not there, or none changed; as `digestModel`
 */
export async function digestOutputs(outputs: readonly Output[], options: RunOptions): Promise<MadeOutput[]> {
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

async function requirePlace(root: string, { signer, modelSig, manifest, force, outputDir }: RunOptions): Promise<void> {
  if (force) return;
  const { kind } = await locateModel(root, { ignore: [], opaque: [] });
  const places =
    outputDir === undefined ? evidenceLocations(root, kind) : outputLocations(path.resolve(outputDir), root, kind);
  if (modelSig && (await existingSignature(places.signature, signer.publicKey)).state === 'ours') {
    refuseOverwrite(path.basename(places.signature), MADE_FOR_OTHERS);
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

function inputPaths({ bases, datasets, inputs, configs, environments }: RunOptions): string[] {
  const references = [...bases.map(({ reference }) => reference), ...datasets, ...environments];
  const ofReference = (reference: Reference): string[] => (reference.kind === 'path' ? [reference.path] : []);
  return [...references.flatMap(ofReference), ...inputs, ...configs].map((file) => path.resolve(file));
}

/** Whether one absolute path is another or lies below it. */
export function isWithin(child: string, parent: string): boolean {
  const relative = path.relative(parent, child);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
