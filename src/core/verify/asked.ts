import { type FileIdentity, type FileRequest, type HashName, type SegmentRequest } from '../digest/index.ts';
import {
  cutSegments,
  type FileList,
  type FilePlan,
  type ModelFile,
  type ModelPlan,
  SEGMENT_BYTES,
  type SegmentHash,
} from '../model/index.ts';

/** Segment digests of every file of a plan. */
export interface Cut {
  readonly plan: ModelPlan;
  /** The files of the plan, in its order. */
  readonly files: FileList;
  readonly hash: SegmentHash;
}

const HASHES: readonly HashName[] = ['sha256', 'blake3', 'blake2b'];

/** What several statements ask of the files of one walk, put together. A million files are asked the same: no object holds it. */
export class Asked {
  #walk: FileList | undefined;
  /** By index in the walk: a bit for each of `HASHES`, and one that says that the file is asked about at all. */
  #wanted = new Uint8Array(0);
  readonly #cuts: Cut[] = [];
  /** By index in the walk. */
  readonly #ranges = new Map<number, SegmentRequest[]>();
  /** The segments of large files and containers, which take long to cut. */
  readonly #kept = new Map<number, readonly SegmentRequest[]>();

  addFiles(files: FileList, whole: (path: string) => readonly HashName[]): void {
    this.#walk = files.walk;
    if (this.#wanted.length === 0) this.#wanted = new Uint8Array(files.walk.length);
    for (const { index, path } of files) {
      let bits = this.#wanted[index] as number;
      bits |= 1 << HASHES.length;
      for (const hash of whole(path)) bits |= 1 << HASHES.indexOf(hash);
      this.#wanted[index] = bits;
    }
  }

  addCut(cut: Cut): void {
    const known = this.#cuts.some(({ plan, hash }) => plan === cut.plan && hash === cut.hash);
    if (!known) this.#cuts.push(cut);
    this.#kept.clear();
  }

  addRange({ index }: ModelFile, range: SegmentRequest): void {
    const ranges = this.#ranges.get(index);
    if (ranges === undefined) this.#ranges.set(index, [range]);
    else ranges.push(range);
    this.#kept.clear();
  }

  /** Every file that is asked about. */
  files(): FileList | undefined {
    return this.#walk?.filter(({ index }) => this.#wanted[index] !== 0);
  }

  request(file: ModelFile): FileRequest {
    return new AskedRequest(file, this);
  }

  whole({ index }: ModelFile): readonly HashName[] {
    const bits = this.#wanted[index] as number;
    return HASHES.filter((_, bit) => (bits & (1 << bit)) !== 0);
  }

  /** Statements mostly ask for the same segments: what is hashed for one serves the others. */
  segments(file: ModelFile): readonly SegmentRequest[] {
    const kept = this.#kept.get(file.index);
    if (kept !== undefined) return kept;
    const requests: SegmentRequest[] = [];
    let isKept = file.size > SEGMENT_BYTES;
    for (const { plan, files, hash } of this.#cuts) {
      const at = files.positionOf(file);
      if (at === undefined) continue;
      const { container } = plan.files.at(at) as FilePlan;
      if (container !== undefined) isKept = true;
      const request = { hash, lengths: cutSegments({ size: file.size, container }) };
      if (slotOf(requests, request) === undefined) requests.push(request);
    }
    for (const range of this.#ranges.get(file.index) ?? []) {
      if (slotOf(requests, range) === undefined) requests.push(range);
    }
    if (isKept) this.#kept.set(file.index, requests);
    return requests;
  }
}

/** Which of the requests to a file answers this one: itself, or one for all segments that are cut alike. */
export function slotOf(requests: readonly SegmentRequest[], request: SegmentRequest): number | undefined {
  const { hash, lengths, only } = request;
  const slot = requests.findIndex(
    (other) =>
      other === request ||
      (other.hash === hash &&
        other.only === undefined &&
        only === undefined &&
        other.lengths.length === lengths.length &&
        other.lengths.every((length, i) => length === lengths[i])),
  );
  return slot < 0 ? undefined : slot;
}

/** Fields are made when they are asked for. */
class AskedRequest implements FileRequest {
  readonly #file: ModelFile;
  readonly #asked: Asked;

  constructor(file: ModelFile, asked: Asked) {
    this.#file = file;
    this.#asked = asked;
  }

  /** The walk resolved the links that count: a link here was put there since. */
  get followLink(): false {
    return false;
  }

  get path(): string {
    return this.#file.path;
  }

  get location(): string {
    return this.#file.location;
  }

  get identity(): FileIdentity {
    return this.#file.identity;
  }

  get whole(): readonly HashName[] {
    return this.#asked.whole(this.#file);
  }

  get segments(): readonly SegmentRequest[] {
    return this.#asked.segments(this.#file);
  }
}
