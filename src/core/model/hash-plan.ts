import { type EngineOptions, type FileRequest, type FileResult, type HashName, hashFiles } from '../digest/index.ts';
import type { FilePlan, ModelPlan } from './plan-types.ts';
import { cutSegments } from './segments.ts';
import type { SegmentHash } from './trees.ts';

export interface HashPlanOptions extends EngineOptions {
  /** Digests of whole files: `['sha256']` for the file tree; none for `--fast`. */
  readonly whole: readonly HashName[];
  /** Digests of the segments; absent for none. */
  readonly segmentHash?: SegmentHash;
}

/** What the engine is asked for one file: one read feeds all of it. */
export function fileRequest(
  { file, container }: FilePlan,
  whole: readonly HashName[],
  segmentHash: SegmentHash | undefined,
): FileRequest {
  const lengths = segmentHash === undefined ? undefined : cutSegments({ size: file.size, container });
  return {
    path: file.path,
    location: file.location,
    // The walk resolved the links that count: a link here was put there since.
    followLink: false,
    identity: file.identity,
    whole,
    segments: segmentHash === undefined || lengths === undefined ? [] : [{ hash: segmentHash, lengths }],
  };
}

/**
 * Hashes the files of a plan, each in one read. Results align with `plan.files`; a file that cannot be read or that changed
 * since the walk has its error in its result.
 *
 * @throws StemmaError INTERRUPTED
 */
export function hashPlan(plan: ModelPlan, options: HashPlanOptions): Promise<readonly FileResult[]> {
  const requests = plan.files.map((file) => fileRequest(file, options.whole, options.segmentHash));
  return hashFiles(requests, options);
}
