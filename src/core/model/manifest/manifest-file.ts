import { decodeHex, quote } from '../../bytes/index.ts';
import { multihash } from '../../digest/index.ts';
import { SEGMENT_BYTES } from '../plan/segments.ts';
import { chunkLeaf, segmentLeaves } from '../trees/leaves.ts';
import { type SegmentHash, TreeBuilder } from '../trees/trees.ts';
import { manifestInvalid } from './manifest-fields.ts';
import type { FileLine, SegmentLine } from './manifest-lines.ts';
import { ReadTensors } from './read-tensors.ts';

/**
 * Reads the segments of one file: they must cover it once, in order, cut as design §3 cuts; what belongs to one tensor lies
 * together and becomes its chunk tree.
 */
export class ManifestFileReader {
  /** Each tensor that has segments. */
  readonly tensors = new ReadTensors();
  readonly #file: FileLine;
  readonly #hash: SegmentHash;
  readonly #segmentTree: TreeBuilder;
  readonly #leaf: ReturnType<typeof segmentLeaves>;
  #chunks: TreeBuilder;
  #runStart = 0;
  #previous: SegmentLine | undefined;
  #seen = 0;
  #covered = 0;

  constructor(file: FileLine, hash: SegmentHash, segmentTree: TreeBuilder) {
    this.#file = file;
    this.#hash = hash;
    this.#segmentTree = segmentTree;
    this.#leaf = segmentLeaves(file.path);
    this.#chunks = new TreeBuilder(hash);
  }

  push(segment: SegmentLine, line: number): void {
    const { offset, length, tensor } = segment;
    const problem = this.#problem(segment);
    if (problem !== undefined) throw manifestInvalid(problem, line);
    if (this.#previous?.tensor !== tensor) {
      this.#endRun();
      this.#chunks = new TreeBuilder(this.#hash);
      this.#runStart = offset;
    }
    const digest = multihash(this.#hash, decodeHex(segment.digest));
    this.#segmentTree.push(this.#leaf(offset, length, digest));
    if (tensor !== undefined) this.#chunks.push(chunkLeaf(digest));
    this.#covered += length;
    this.#seen++;
    this.#previous = segment;
  }

  /** @param line the number of the line that ends the file's segments */
  finish(line: number): void {
    const { path, segments, size } = this.#file;
    if (this.#seen !== segments || this.#covered !== size) {
      const found = `${this.#seen} segments of ${this.#covered} bytes`;
      throw manifestInvalid(`${quote(path)} expected ${segments} segments of ${size} bytes, found ${found}`, line);
    }
    this.#endRun();
    const twice = this.tensors.close();
    if (twice !== undefined) throw manifestInvalid(`the tensor ${quote(twice, 80)} lies in two places`, line);
  }

  #problem({ offset, length, tensor }: SegmentLine): string | undefined {
    const { size, format } = this.#file;
    if (offset !== this.#covered) return `expected a segment at offset ${this.#covered}, found ${offset}`;
    if (length > SEGMENT_BYTES || (length === 0) !== (size === 0)) return `a segment cannot have ${length} bytes`;
    if (tensor !== undefined && format === undefined) return 'a file without a container has no tensors';
    const previous = this.#previous;
    // Between a header and a gap nothing tells where one region ends, so only these runs are known to be one region.
    const sameRegion =
      previous !== undefined && previous.tensor === tensor && (tensor !== undefined || format === undefined);
    if (sameRegion && previous.length !== SEGMENT_BYTES)
      return `a region's segments but the last have ${SEGMENT_BYTES} bytes`;
    return undefined;
  }

  #endRun(): void {
    const name = this.#previous?.tensor;
    if (name === undefined) return;
    this.tensors.push(name, this.#covered - this.#runStart, this.#chunks.root());
  }
}
