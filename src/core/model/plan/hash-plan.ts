import {
  type EngineOptions,
  type FileIdentity,
  type FileRequest,
  type FileResult,
  type HashName,
  hashFiles,
  LazyList,
  type SegmentRequest,
} from '../../digest/index.ts';
import type { SegmentHash } from '../trees/trees.ts';
import type { FilePlan, ModelPlan } from './plan-types.ts';
import { cutSegments, SEGMENT_BYTES } from './segments.ts';

export interface HashPlanOptions extends EngineOptions {
  /** Digests of whole files: `['sha256']` for the file tree; none for `--fast`. */
  readonly whole: readonly HashName[];
  /** Digests of the segments; absent for none. */
  readonly segmentHash?: SegmentHash;
}

/** What the engine is asked for one file: one read feeds all of it. */
export function fileRequest(
  plan: FilePlan,
  whole: readonly HashName[],
  segmentHash: SegmentHash | undefined,
): FileRequest {
  return new PlannedRequest(plan, whole, segmentHash);
}

/** Computes its fields when they are asked for: as data they would take more memory than a tiny file has bytes. */
class PlannedRequest implements FileRequest {
  readonly whole: readonly HashName[];
  readonly #plan: FilePlan;
  readonly #segmentHash: SegmentHash | undefined;
  #cut: readonly SegmentRequest[] | undefined;

  constructor(plan: FilePlan, whole: readonly HashName[], segmentHash: SegmentHash | undefined) {
    this.#plan = plan;
    this.whole = whole;
    this.#segmentHash = segmentHash;
  }

  /** The walk resolved the links that count: a link here was put there since. */
  get followLink(): false {
    return false;
  }

  get path(): string {
    return this.#plan.file.path;
  }

  get location(): string {
    return this.#plan.file.location;
  }

  get identity(): FileIdentity {
    return this.#plan.file.identity;
  }

  get segments(): readonly SegmentRequest[] {
    const { file, container } = this.#plan;
    const hash = this.#segmentHash;
    if (hash === undefined) return [];
    if (this.#cut !== undefined) return this.#cut;
    const cut = [{ hash, lengths: cutSegments({ size: file.size, container }) }];
    // Asked for once per piece of work: with many segments, of which there are as many pieces, it must not be cut anew.
    if (file.size > SEGMENT_BYTES || container !== undefined) this.#cut = cut;
    return cut;
  }
}

/**
 * Hashes the files of a plan, each in one read. Results align with `plan.files`; a file that cannot be read or that changed
 * since the walk has its error in its result.
 *
 * @throws StemmaError INTERRUPTED
 */
export function hashPlan(plan: ModelPlan, options: HashPlanOptions): Promise<LazyList<FileResult>> {
  const { files } = plan;
  // One with many segments is asked for once per piece of work, of which there are as many: it must not be cut anew.
  const kept = new Map<number, FileRequest>();
  const requests = new LazyList(files.length, (i) => {
    const known = kept.get(i);
    if (known !== undefined) return known;
    const file = files.at(i) as FilePlan;
    const request = fileRequest(file, options.whole, options.segmentHash);
    if (file.container !== undefined || file.file.size > SEGMENT_BYTES) kept.set(i, request);
    return request;
  });
  return hashFiles(requests, options);
}
