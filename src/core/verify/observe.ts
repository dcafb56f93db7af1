import { type FileResult, type HashName, hashFiles, type SegmentRequest } from '../digest/index.ts';
import type { StemmaError } from '../errors/index.ts';
import {
  cutSegments,
  type FileSegments,
  type FileSet,
  fileSet,
  KnownHeaders,
  type ModelFile,
  type ModelListing,
  type ModelPlan,
  planModel,
  type SegmentHash,
} from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { ObservedFile } from './checks/match.ts';

export interface ObserveOptions extends AbortOptions, ProgressOptions {
  readonly jobs?: number;
}

/** What one statement needs to know about the bytes. Views share the one read of each file. */
export interface View {
  readonly set: FileSet;
  /** With segments: how the files are cut. */
  readonly plan: ModelPlan | undefined;
  /** After `run`. */
  files(): readonly ObservedFile[];
  /** After `run`; aligned with the file set. */
  segments(): readonly FileSegments[];
  /** After `run`: the digests of the ranges asked for, by path. */
  ranges(): ReadonlyMap<string, readonly Uint8Array[]>;
  /** The first file of the set that could not be read whole and unchanged. */
  failure(): StemmaError | undefined;
}

interface Pending {
  readonly file: ModelFile;
  readonly whole: Set<HashName>;
  readonly segments: SegmentRequest[];
  result?: FileResult;
}

export interface ViewRequest {
  readonly set: FileSet;
  /** Whole-file hashes by path; `sha256` for all where a function returns it. */
  readonly whole: (path: string) => readonly HashName[];
  /** Segment digests of every file, cut as its container says. */
  readonly segments?: { readonly hash: SegmentHash; readonly opaque: readonly string[] };
  /** Consecutive ranges of single files: OMS shards, or the segments that a manifest lists. */
  readonly ranges?: ReadonlyMap<string, SegmentRequest>;
}

/** Collects what all statements need and reads every byte once. */
export class Observer {
  readonly #pending = new Map<string, Pending>();
  readonly #sets = new Map<string, FileSet>();
  readonly #plans = new Map<FileSet, Map<string, ModelPlan>>();
  readonly #headers = new KnownHeaders();

  /** Statements mostly leave out the same: one file set serves them all. */
  fileSet(listing: ModelListing, options: Parameters<typeof fileSet>[1]): FileSet {
    return memo(this.#sets, JSON.stringify([options.ignored, options.allowSymlinks]), () => fileSet(listing, options));
  }

  /** Hostile input: each header is parsed once, and each set is planned once, however many statements ask. */
  async plan(set: FileSet, opaque: readonly string[], { signal }: AbortOptions): Promise<ModelPlan> {
    const plans = memo(this.#plans, set, () => new Map<string, ModelPlan>());
    const key = JSON.stringify(opaque);
    const plan = plans.get(key) ?? (await planModel(set, { opaque, signal, known: this.#headers }));
    plans.set(key, plan);
    return plan;
  }

  async add(request: ViewRequest, options: ObserveOptions): Promise<View> {
    const { set } = request;
    const entries = set.files.map((file) => this.#entry(file));
    for (const entry of entries) for (const hash of request.whole(entry.file.path)) entry.whole.add(hash);
    const cut = request.segments;
    const plan = cut === undefined ? undefined : await this.plan(set, cut.opaque, options);
    const segmentSlots = new Map<Pending, number>();
    const lengths = new Map<Pending, Float64Array>();
    if (cut !== undefined && plan !== undefined) {
      for (const filePlan of plan.files) {
        const entry = this.#entry(filePlan.file);
        const request = {
          hash: cut.hash,
          lengths: cutSegments({ size: filePlan.file.size, container: filePlan.container }),
        };
        segmentSlots.set(entry, slotOf(entry, request));
        lengths.set(entry, request.lengths);
      }
    }
    const rangeSlots = new Map<Pending, number>();
    for (const [path, range] of request.ranges ?? []) {
      const entry = this.#pending.get(path);
      if (entry !== undefined) rangeSlots.set(entry, entry.segments.push(range) - 1);
    }
    return {
      set,
      plan,
      files: () =>
        entries.map((entry) => ({ path: entry.file.path, size: entry.file.size, whole: result(entry).whole })),
      segments: () =>
        entries.map((entry) => ({
          path: entry.file.path,
          lengths: lengths.get(entry) as Float64Array,
          digests: result(entry).segments[segmentSlots.get(entry) as number] as Uint8Array,
        })),
      ranges: () =>
        new Map(
          [...rangeSlots].map(([entry, slot]) => [
            entry.file.path,
            split(result(entry).segments[slot] as Uint8Array, entry.segments[slot] as SegmentRequest),
          ]),
        ),
      failure: () => entries.map((entry) => result(entry).error).find((error) => error !== undefined),
    };
  }

  /** How many bytes `run` will read. */
  get bytes(): number {
    let total = 0;
    for (const entry of this.#pending.values()) total += bytesOf(entry);
    return total;
  }

  /** Reads every file that a view asked for, once. Failures of single files are in their results. */
  async run(options: ObserveOptions): Promise<void> {
    const entries = [...this.#pending.values()];
    const results = await hashFiles(
      entries.map(({ file, whole, segments }) => ({
        path: file.path,
        location: file.location,
        followLink: false,
        identity: file.identity,
        whole: [...whole],
        segments,
      })),
      { ...options, phase: 'verifying' },
    );
    for (const [index, entry] of entries.entries()) entry.result = results.at(index) as FileResult;
  }

  #entry(file: ModelFile): Pending {
    let entry = this.#pending.get(file.path);
    if (entry === undefined) {
      entry = { file, whole: new Set(), segments: [] };
      this.#pending.set(file.path, entry);
    }
    return entry;
  }
}

/** Where only drawn segments are asked for, the rest of the file is not read. */
function bytesOf({ file, whole, segments }: Pending): number {
  if (whole.size > 0 || segments.some(({ only }) => only === undefined)) return file.size;
  const drawn = new Set(segments.flatMap(({ only }) => [...(only ?? [])]));
  return [...drawn].reduce((sum, index) => sum + (segments[0]?.lengths[index] ?? 0), 0);
}

/** Statements mostly ask for the same segments: what is hashed for one serves the others. */
function slotOf({ segments }: Pending, request: SegmentRequest): number {
  const { hash, lengths } = request;
  const same = segments.findIndex(
    (other) =>
      other.hash === hash &&
      other.only === undefined &&
      other.lengths.length === lengths.length &&
      other.lengths.every((length, i) => length === lengths[i]),
  );
  return same >= 0 ? same : segments.push(request) - 1;
}

function memo<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

function result(entry: Pending): FileResult {
  if (entry.result === undefined) throw new Error('a view was read before its observer ran');
  return entry.result;
}

function split(digests: Uint8Array, { lengths }: SegmentRequest): readonly Uint8Array[] {
  const size = lengths.length === 0 ? 0 : digests.length / lengths.length;
  return Array.from(lengths, (_, i) => digests.subarray(i * size, (i + 1) * size));
}
