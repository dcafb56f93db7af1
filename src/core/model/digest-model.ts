import { quote } from '../bytes/index.ts';
import type { EngineOptions, FileResult, LazyList } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { hashPlan } from './plan/hash-plan.ts';
import { planModel } from './plan/plan.ts';
import type { Finding, ModelPlan } from './plan/plan-types.ts';
import { type ModelTrees, modelTrees } from './trees/model-trees.ts';
import type { SegmentHash } from './trees/trees.ts';
import { type FileSet, fileSet } from './walk/file-set.ts';
import { type ModelListing, modelEmpty, walkProblemError } from './walk/listing.ts';
import { walkModel } from './walk/walk.ts';

export interface DigestModelOptions extends Omit<EngineOptions, 'phase'> {
  /** Canonical paths (`parseModelPaths`) to leave out. */
  readonly ignored: readonly string[];
  /** Canonical paths of files to take as one region; for a single-file model, `''`. */
  readonly opaque: readonly string[];
  readonly allowSymlinks: boolean;
  readonly segmentHash: SegmentHash;
  /** Names the work in progress events; default `hashing model`. */
  readonly phase?: string;
}

export interface ModelDigest {
  readonly listing: ModelListing;
  readonly set: FileSet;
  readonly plan: ModelPlan;
  /** Aligned with `plan.files`. */
  readonly files: LazyList<FileResult>;
  readonly trees: ModelTrees;
  readonly findings: readonly Finding[];
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly segmentHash: SegmentHash;
}

/**
 * Digests a whole model as `attest` does: walk, headers, one read of each byte, every root. The first thing that is wrong
 * with the model is thrown; a verifier, to whom it is a check, calls the parts.
 *
 * @throws StemmaError MODEL_EMPTY, SYMLINK_REFUSED, PATH_INVALID, MODEL_UNSUPPORTED, LFS_POINTER, SAFETENSORS_INVALID,
 * SAFETENSORS_INDEX_INVALID, GGUF_INVALID, NOT_A_REGULAR_FILE, FILE_UNREADABLE, FILE_CHANGED, PATH_NOT_FOUND, USAGE, INTERRUPTED
 */
export async function digestModel(path: string, options: DigestModelOptions): Promise<ModelDigest> {
  const listing = await walkModel(path, options);
  const set = fileSet(listing, { ignored: options.ignored });
  const [walkProblem] = set.problems;
  if (walkProblem !== undefined) throw walkProblemError(walkProblem);
  if (set.files.length === 0) throw modelEmpty(listing);
  requirePresent(options.opaque, set);
  const plan = await planModel(set, options);
  const [planProblem] = plan.problems;
  if (planProblem !== undefined) throw planProblem.error;
  const files = await hashPlan(plan, { phase: 'hashing model', ...options, whole: ['sha256'] });
  for (const { error } of files) if (error !== undefined) throw error;
  return {
    listing,
    set,
    plan,
    files,
    trees: modelTrees(plan, files, options.segmentHash),
    findings: plan.findings,
    ignored: options.ignored,
    opaque: options.opaque,
    segmentHash: options.segmentHash,
  };
}

/** A misspelt opaque path would leave the file that was meant to be parsed. */
function requirePresent(opaque: readonly string[], set: FileSet): void {
  const absent = opaque.find((path) => set.files.indexOf(path) === undefined);
  if (absent !== undefined)
    throw new StemmaError('USAGE', `${quote(absent)} is to be opaque but is no file of the model`);
}
