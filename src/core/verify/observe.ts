import { type FileResult, type HashName, hashFiles, LazyList, type SegmentRequest } from '../digest/index.ts';
import type { StemmaError } from '../errors/index.ts';
import {
  cutSegments,
  type FileList,
  type FilePlan,
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
import { Asked, type Cut, slotOf } from './asked.ts';
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
  files(): LazyList<ObservedFile>;
  /** After `run`; aligned with the file set. */
  segments(): LazyList<FileSegments>;
  /** After `run`: the digests of the ranges asked for, by path. */
  ranges(): ReadonlyMap<string, readonly Uint8Array[]>;
  /** The first file of the set that could not be read whole and unchanged. */
  failure(): StemmaError | undefined;
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
  readonly #asked = new Asked();
  readonly #sets = new Map<string, FileSet>();
  readonly #plans = new Map<FileSet, Map<string, ModelPlan>>();
  readonly #headers: KnownHeaders;
  #read: { readonly files: FileList; readonly results: LazyList<FileResult> } | undefined;

  /** @param headers those that were read before; those read now are added */
  constructor(headers = new KnownHeaders()) {
    this.#headers = headers;
  }

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
    const { set, whole, segments, ranges = new Map<string, SegmentRequest>() } = request;
    const { files } = set;
    this.#asked.addFiles(files, whole);
    const plan = segments === undefined ? undefined : await this.plan(set, segments.opaque, options);
    const cut = plan === undefined || segments === undefined ? undefined : { plan, files, hash: segments.hash };
    if (cut !== undefined) this.#asked.addCut(cut);
    for (const [path, range] of ranges) {
      const file = files.named(path);
      if (file !== undefined) this.#asked.addRange(file, range);
    }
    return {
      set,
      plan,
      files: () => this.#map(files, (file, { whole }) => ({ path: file.path, size: file.size, whole })),
      segments: () => this.#segments(cut),
      ranges: () => this.#ranges(files, ranges),
      failure: () => this.#map(files, (_, { error }) => error).find((error) => error !== undefined),
    };
  }

  /** How many bytes `run` will read. */
  get bytes(): number {
    let total = 0;
    for (const file of this.#asked.files() ?? []) total += bytesOf(file, this.#asked);
    return total;
  }

  /** Reads every file that a view asked for, once. Failures of single files are in their results. */
  async run(options: ObserveOptions): Promise<void> {
    const files = this.#asked.files();
    if (files === undefined) return;
    const requests = new LazyList(files.length, (i) => this.#asked.request(files.at(i) as ModelFile));
    this.#read = { files, results: await hashFiles(requests, { ...options, phase: 'verifying' }) };
  }

  #map<T>(files: FileList, use: (file: ModelFile, result: FileResult) => T): LazyList<T> {
    return new LazyList(files.length, (i) => {
      const file = files.at(i) as ModelFile;
      return use(file, this.#result(file));
    });
  }

  #result(file: ModelFile): FileResult {
    if (this.#read === undefined) throw new Error('a view was read before its observer ran');
    return this.#read.results.at(this.#read.files.positionOf(file) as number) as FileResult;
  }

  #digests(file: ModelFile, request: SegmentRequest): Uint8Array {
    const slot = slotOf(this.#asked.segments(file), request) as number;
    return this.#result(file).segments[slot] as Uint8Array;
  }

  #segments(cut: Cut | undefined): LazyList<FileSegments> {
    if (cut === undefined) throw new Error('a view was asked for segments that it was not made for');
    const { plan, files, hash } = cut;
    const kept = new Map<number, FileSegments>();
    return new LazyList(files.length, (i) => {
      const known = kept.get(i);
      if (known !== undefined) return known;
      const { file, container } = plan.files.at(i) as FilePlan;
      const lengths = cutSegments({ size: file.size, container });
      const segments = { path: file.path, lengths, digests: this.#digests(file, { hash, lengths }) };
      // Asked for once per tensor, of which there are as many as segments: not to be cut anew.
      if (container !== undefined) kept.set(i, segments);
      return segments;
    });
  }

  #ranges(files: FileList, ranges: ReadonlyMap<string, SegmentRequest>): ReadonlyMap<string, readonly Uint8Array[]> {
    const out = new Map<string, readonly Uint8Array[]>();
    for (const [path, range] of ranges) {
      const file = files.named(path);
      if (file !== undefined) out.set(path, split(this.#digests(file, range), range));
    }
    return out;
  }
}

/** Where only drawn segments are asked for, the rest of the file is not read. */
function bytesOf(file: ModelFile, asked: Asked): number {
  const segments = asked.segments(file);
  if (asked.whole(file).length > 0 || segments.some(({ only }) => only === undefined)) return file.size;
  const drawn = new Set(segments.flatMap(({ only }) => [...(only ?? [])]));
  return [...drawn].reduce((sum, index) => sum + (segments[0]?.lengths[index] ?? 0), 0);
}

function memo<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

function split(digests: Uint8Array, { lengths }: SegmentRequest): readonly Uint8Array[] {
  const size = lengths.length === 0 ? 0 : digests.length / lengths.length;
  return Array.from(lengths, (_, i) => digests.subarray(i * size, (i + 1) * size));
}
