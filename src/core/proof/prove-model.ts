import path from 'node:path';
import { type ModelPredicate, parseModelPredicate } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { type EngineOptions, FILE_TREE } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { describeModel, digestModel, locateModel, type ModelDescription } from '../model/index.ts';
import { type EvidenceLine, readEvidence } from './evidence-trees.ts';
import { ownAttestations } from './own-attestations.ts';
import type { SignedTree } from './signed-tree.ts';

export interface ProveModelOptions extends Omit<EngineOptions, 'phase'> {
  readonly model: string;
  /** The attestations file; default the model's own. */
  readonly attestations?: string;
}

/** A model whose bytes are those of a statement, with the trees to which that commits. */
export interface CommittedModel {
  readonly kind: 'folder' | 'file';
  /** Base name; untrusted. */
  readonly name: string;
  readonly description: ModelDescription;
  readonly line: EvidenceLine;
  /** The attestations file. */
  readonly attestations: string;
}

/** Different ways of reading a model that one attestations file can ask for: each reads every byte. */
const MAX_READINGS = 8;

/**
 * Reads a model and finds the model statement to whose trees its bytes lead, under the ignores of that statement.
 *
 * @param has whether a statement's trees hold what is to be proven
 * @throws StemmaError EVIDENCE_MISSING where no statement has such a tree; NOT_COMMITTED where the bytes are those of none; as
 *   `digestModel`
 */
export async function committedModel(
  options: ProveModelOptions,
  has: (tree: SignedTree) => boolean,
): Promise<CommittedModel> {
  const { root, kind } = await locateModel(options.model, { ignore: [], opaque: [] });
  const attestations = options.attestations ?? (await ownAttestations(root, kind));
  const evidence = await readEvidence(attestations, (message) => options.onWarning?.(message));
  const candidates = evidence.filter(({ trees }) => trees.some(has));
  if (candidates.length === 0) throw noStatement(attestations);
  const readings = new Map<string, ModelDescription>();
  const read = async (model: ModelPredicate): Promise<ModelDescription | undefined> => {
    const { ignored, opaque, allowSymlinks } = model;
    const segmentHash = model.segmentTree?.hash ?? 'blake3';
    const key = JSON.stringify([ignored, opaque, allowSymlinks, segmentHash]);
    const before = readings.get(key);
    if (before !== undefined || readings.size >= MAX_READINGS) return before;
    const description = describeModel(
      await digestModel(root, { ...options, ignored, opaque, allowSymlinks, segmentHash }),
    );
    readings.set(key, description);
    return description;
  };
  for (const line of candidates) {
    const model = parseModelPredicate(line.statement);
    if (model.kind !== kind) continue;
    const description = await read(model);
    if (description !== undefined && isSame(description, model)) {
      return { kind, name: path.basename(root), description, line, attestations };
    }
  }
  const lines = candidates.map(({ line }) => line).join(', ');
  const source = quote(path.basename(attestations));
  throw new StemmaError(
    'NOT_COMMITTED',
    `${quote(path.basename(root))} is not the model that ${source} commits to (line ${lines})`,
    { hint: 'stemma verify names the files that differ' },
  );
}

/** Equal names, sizes and bytes, and so equal trees of every kind: those of tensors are compared when a proof is made. */
function isSame({ digests }: ModelDescription, { fileTree }: ModelPredicate): boolean {
  return digests[FILE_TREE] === fileTree.root;
}

const noStatement = (attestations: string): StemmaError =>
  new StemmaError('EVIDENCE_MISSING', `no statement in ${quote(path.basename(attestations))} commits to such a tree`, {
    hint: 'stemma attest writes a model statement; an OMS signature has no tree to prove from',
  });
