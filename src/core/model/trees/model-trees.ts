import { compareUtf8, hexEncode } from '../../bytes/index.ts';
import {
  type DigestSet,
  FILE_TREE,
  type FileResult,
  LazyList,
  type List,
  SEGMENT_TREE_BLAKE3,
  SEGMENT_TREE_SHA256,
} from '../../digest/index.ts';
import type { ContainerFormat } from '../formats/index.ts';
import type { FilePlan, ModelPlan, TensorRef, TensorSetPlan } from '../plan/plan-types.ts';
import { cutSegments } from '../plan/segments.ts';
import {
  chunkRoot,
  type FileDigest,
  type FileSegments,
  fileTreeRoot,
  omsRootOf,
  type SegmentHash,
  segmentTreeRoot,
  type TensorSetRoot,
  type TreeRoot,
  tensorTreeRoot,
} from './trees.ts';

export interface ModelTrees {
  readonly kind: 'folder' | 'file';
  /** Number of files and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Formats of the recognised containers, sorted. */
  readonly formats: readonly ContainerFormat[];
  readonly fileTree: TreeRoot;
  readonly segmentTree: TreeRoot;
  /** By path. */
  readonly tensorSets: readonly TensorSetRoot[];
  /** The DigestSet of design §3: `sha256` (OMS root of a folder, or the file's own), file tree, segment tree. */
  readonly digests: DigestSet;
}

/** The DigestSet key of a segment tree. */
export function segmentTreeKey(hash: SegmentHash): string {
  return hash === 'blake3' ? SEGMENT_TREE_BLAKE3 : SEGMENT_TREE_SHA256;
}

/**
 * Every root of a model, from results that hold each file's SHA-256 and its segment digests as the only segment request.
 *
 * @param results aligned with `plan.files`, none of them failed
 */
export function modelTrees(plan: ModelPlan, results: List<FileResult>, segmentHash: SegmentHash): ModelTrees {
  const digests = fileDigests(plan, results);
  const fileTree = fileTreeRoot(digests);
  const segmentTree = segmentTreeRoot(segmentHash, fileSegments(plan, results));
  const own = plan.kind === 'file' ? digests.at(0) : undefined;
  const sha256 = own === undefined ? omsRootOf(digests) : hexEncode(own.sha256);
  return {
    kind: plan.kind,
    files: plan.files.length,
    bytes: bytesOf(plan),
    formats: formatsOf(plan),
    fileTree,
    segmentTree,
    tensorSets: tensorSetRoots(plan, segmentHash, results),
    digests: { sha256, [FILE_TREE]: fileTree.root, [segmentTreeKey(segmentHash)]: segmentTree.root },
  };
}

/** What the file tree and the OMS root are made of. */
export function fileDigests({ files }: ModelPlan, results: List<FileResult>): LazyList<FileDigest> {
  return new LazyList(files.length, (i) => {
    const { path, size } = (files.at(i) as FilePlan).file;
    const sha256 = results.at(i)?.whole.sha256;
    if (sha256 === undefined) throw new TypeError(`"results" expected a SHA-256 for file ${i}`);
    return { path, size, sha256 };
  });
}

/** What the segment tree is made of. */
export function fileSegments({ files }: ModelPlan, results: List<FileResult>): LazyList<FileSegments> {
  return new LazyList(files.length, (i) => {
    const { file, container } = files.at(i) as FilePlan;
    return { path: file.path, lengths: cutSegments({ size: file.size, container }), digests: segmentsOf(results, i) };
  });
}

/** Roots of the tensor sets, from the segment digests of their files. */
export function tensorSetRoots(
  plan: ModelPlan,
  hash: SegmentHash,
  results: List<FileResult>,
): readonly TensorSetRoot[] {
  return plan.tensorSets.map((set) => ({
    path: set.path,
    format: set.format,
    parameters: set.tensors.reduce((sum, { tensor }) => sum + tensor.parameters, 0),
    ...tensorTreeRoot(hash, tensorsOf(set, hash, results)),
  }));
}

function* tensorsOf(set: TensorSetPlan, hash: SegmentHash, results: List<FileResult>) {
  for (const ref of set.tensors) yield { tensor: ref.tensor, chunkRoot: chunkRootOf(ref, hash, results) };
}

export function chunkRootOf(ref: TensorRef, hash: SegmentHash, results: List<FileResult>): Uint8Array {
  return chunkRoot(hash, segmentsOf(results, ref.file), ref.firstSegment, ref.segments);
}

export function segmentsOf(results: List<FileResult>, file: number): Uint8Array {
  const digests = results.at(file)?.segments[0];
  if (digests === undefined) throw new TypeError(`"results" expected segment digests for file ${file}`);
  return digests;
}

export function formatsOf(plan: ModelPlan): readonly ContainerFormat[] {
  const formats = new Set<ContainerFormat>();
  for (const { container } of plan.files) if (container !== undefined) formats.add(container.format);
  return [...formats].toSorted(compareUtf8);
}

function bytesOf(plan: ModelPlan): number {
  let sum = 0;
  for (const { file } of plan.files) sum += file.size;
  return sum;
}
