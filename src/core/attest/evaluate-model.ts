import {
  buildEvaluationStatement,
  buildTestResultStatement,
  type Described,
  type Evaluation,
  type EvaluationInput,
} from '../attestation/index.ts';
import { StemmaError } from '../errors/index.ts';
import { besideLocations, relativeTo, removeLeftovers, withLock } from '../evidence/index.ts';
import { digestModel, locateModel } from '../model/index.ts';
import { readMetrics } from './evaluation-metrics.ts';
import type { EvaluateOptions } from './evaluation-options.ts';
import { placeOfLines } from './evaluation-place.ts';
import { type EvaluateResult, evaluateResult } from './evaluation-result.ts';
import { describeFile } from './materials.ts';
import { requireRecordableName } from './names.ts';
import { resolveParent } from './parents.ts';
import { firstChoice } from './place.ts';
import type { Reference } from './reference.ts';
import { refuseSalted } from './salted-guard.ts';
import { refuseUnsalting } from './salted-log-guard.ts';
import { signedLine } from './signed-line.ts';
import { requireUnchanged } from './unchanged.ts';
import { writeEvidence } from './write-evidence.ts';

/**
 * Attests how a model scored (docs/formats/evaluation.md): an in-toto test result and the numbers, about the very bytes that are
 * there, appended to the model's attestations. Equal inputs give equal bytes, and what is there already is not written again.
 *
 * @throws StemmaError METRIC_NOT_HELD; USAGE; as `refuseSalted`, `refuseUnsalting`, `readLogRecord`, `evaluatePredictions`, `resolveParent` and `digestModel`;
 *   FILE_CHANGED, TOO_LARGE, WRITE_FAILED, LOCK_TIMEOUT
 */
export async function evaluateModel(options: EvaluateOptions): Promise<EvaluateResult> {
  const { signer } = options;
  if (options.name !== undefined) requireRecordableName(options.name);
  if (options.dataset === undefined && options.source.kind !== 'predictions')
    throw new StemmaError('USAGE', 'expected the dataset that was evaluated on', {
      hint: 'name it with --dataset REF',
    });
  const located = await locateModel(options.model, options);
  const { root, kind, ignored, opaque } = located;
  const first = firstChoice(located, options.outputDir);
  const inside = kind === 'folder' && relativeTo(root, first.signature) !== undefined ? root : undefined;
  await withLock(first.signature, () => removeLeftovers([first.attestations], inside), options);

  if (options.source.kind !== 'stated') await refuseSalted(options.source.file, options);
  const metrics = await readMetrics(options.source, options);
  const logs = [metrics.log, metrics.predictions].filter((log) => log !== undefined);
  await refuseUnsalting(logs, [first.attestations, besideLocations(root).attestations]);
  const harness: Described[] = [];
  for (const reference of options.harness) harness.push(await describe(reference, options));
  const dataset = options.dataset === undefined ? undefined : await readDataset(options.dataset, options);
  const model = await digestModel(root, { ...options, phase: 'hashing model', ignored, opaque });
  for (const warning of model.listing.warnings) options.onWarning?.(warning);
  await refuseSalted(options.model, options);

  const name = options.name ?? model.listing.name;
  const input: EvaluationInput = { name, digest: model.trees.digests, ignored, opaque, dataset, harness, ...metrics };
  const lines = [
    await signedLine(buildTestResultStatement(input), signer),
    await signedLine(buildEvaluationStatement(input), signer),
  ];
  const write = async (): ReturnType<typeof writeEvidence> => {
    const locations = await placeOfLines(located, first, options);
    await requireUnchanged(root, model.set, { ...options, ignored });
    const own = locations === first ? inside : undefined;
    const evidence = { locations, inside: own, signature: undefined, lines, manifest: undefined, force: false };
    return writeEvidence(evidence, options);
  };
  const written = await withLock(first.signature, write, options);
  return evaluateResult(input, model.trees, { key: signer.publicKey, written });
}

async function readDataset(reference: Reference, options: EvaluateOptions): Promise<Evaluation['dataset']> {
  const { name, digests, ignored } = await resolveParent('dataset', reference, {
    ...options,
    copyParentEvidence: false,
  });
  // We read these bytes, but saw no evaluation that used them.
  const link = { role: 'dataset', relation: 'evaluated-on', evidence: 'declared' } as const;
  return { ...link, name, uri: undefined, digest: digests, ignored, opaque: [], share: undefined };
}

/** A file by its SHA-256 alone, or a digest set as given. */
async function describe(reference: Reference, options: EvaluateOptions): Promise<Described> {
  if (reference.kind === 'digests') return { name: undefined, uri: undefined, digest: reference.digests };
  return describeFile(reference.path, options);
}
