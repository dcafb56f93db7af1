import { compareUtf8, hexEncode } from '../../bytes/index.ts';
import type { DigestSet } from '../../digest/index.ts';
import type { ModelDigest } from '../digest-model.ts';
import type { Tensor } from '../formats/index.ts';
import type { FilePlan } from '../plan/plan-types.ts';
import { tensorChunks } from '../plan/segments.ts';
import { chunkRootOf, fileDigests } from '../trees/model-trees.ts';
import { chunkRoot, type SegmentHash, type TensorSetRoot } from '../trees/trees.ts';

export interface DescribedFile {
  readonly path: string;
  readonly size: number;
  /** Of the whole file, lower-case hex. */
  readonly sha256: string;
}

export interface DescribedTensor {
  readonly name: string;
  readonly dtype: string;
  /** Outermost dimension first. */
  readonly shape: readonly number[];
  /** Bytes of data. */
  readonly length: number;
  readonly parameters: number;
  /** Path of the file that holds it. */
  readonly file: string;
  /** Root of its chunk tree, lower-case hex. */
  readonly root: string;
}

export interface DescribedTensorSet extends TensorSetRoot {
  /** Paths of the files that hold its tensors, sorted. */
  readonly files: readonly string[];
  /** By the UTF-8 bytes of the name. */
  readonly tensors: readonly DescribedTensor[];
}

/** A model as far as two of them are compared: from bytes just read or from a manifest. */
export interface ModelDescription {
  readonly kind: 'folder' | 'file';
  readonly segmentHash: SegmentHash;
  readonly digests: DigestSet;
  /** By the UTF-8 bytes of the path. */
  readonly files: readonly DescribedFile[];
  /** By the UTF-8 bytes of the path. */
  readonly tensorSets: readonly DescribedTensorSet[];
}

export function describeModel(model: ModelDigest): ModelDescription {
  const { plan, files, segmentHash, trees } = model;
  const pathOf = (file: number): string => plan.files.at(file)?.file.path as string;
  return {
    kind: plan.kind,
    segmentHash,
    digests: trees.digests,
    files: fileDigests(plan, files).map((file) => ({ ...file, sha256: hexEncode(file.sha256) })),
    tensorSets: plan.tensorSets.map((set, i) => ({
      ...(trees.tensorSets[i] as TensorSetRoot),
      files: set.files.map(pathOf),
      tensors: set.tensors.map((ref) => describe(ref.tensor, pathOf(ref.file), chunkRootOf(ref, segmentHash, files))),
    })),
  };
}

/**
 * The tensors of one file, by name, from its segment digests: to tell which of them changed. None for a file without container.
 *
 * @param digests 32 bytes for each segment that `cutSegments` gives for the file
 */
export function describeTensors(
  { file, container }: FilePlan,
  hash: SegmentHash,
  digests: Uint8Array,
): readonly DescribedTensor[] {
  if (container === undefined) return [];
  const { first, count } = tensorChunks(container);
  return container.tensors
    .map((tensor, i) => describe(tensor, file.path, chunkRoot(hash, digests, first[i] as number, count[i] as number)))
    .toSorted((a, b) => compareUtf8(a.name, b.name));
}

function describe({ name, dtype, shape, length, parameters }: Tensor, file: string, root: Uint8Array): DescribedTensor {
  return { name, dtype, shape, length, parameters, file, root: hexEncode(root) };
}
