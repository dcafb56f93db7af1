import { canonicalJson, hexEncode, type JsonObject } from '../../bytes/index.ts';
import type { ModelDigest } from '../digest-model.ts';
import type { FilePlan, TensorSetPlan } from '../plan/plan-types.ts';
import { tensorChunks } from '../plan/segments.ts';
import { chunkRootOf, fileSegments } from '../trees/model-trees.ts';
import { DIGEST_BYTES, type FileSegments, type TensorSetRoot } from '../trees/trees.ts';
import {
  type FileLine,
  type HeaderLine,
  MANIFEST_TYPE,
  type ManifestLine,
  type SegmentLine,
  type TensorLine,
  type TensorSetLine,
} from './manifest-lines.ts';

/**
 * The manifest of a digested model, line by line, each ending in LF (docs/formats/manifest.md). Its bytes depend only on the
 * model's bytes, ignores, opaque files and segment hash.
 */
export function* manifestLines(model: ModelDigest): Generator<string> {
  yield encode(headerLine(model));
  let i = 0;
  for (const segments of fileSegments(model.plan, model.files)) {
    const plan = model.plan.files.at(i) as FilePlan;
    yield encode(fileLine(plan, hexEncode(model.files.at(i)?.whole.sha256 as Uint8Array), segments));
    for (const line of segmentLines(plan, segments)) yield encode(line);
    i++;
  }
  for (const [j, set] of model.plan.tensorSets.entries()) {
    yield encode(tensorSetLine(model, set, model.trees.tensorSets[j] as TensorSetRoot));
    for (const line of tensorLines(model, set)) yield encode(line);
  }
}

function encode(line: ManifestLine): string {
  return `${canonicalJson(line as unknown as JsonObject)}\n`;
}

type WrittenHeader = Omit<HeaderLine, 'ignored' | 'opaque'> & Partial<HeaderLine>;

function headerLine({ trees, segmentHash, ignored, opaque }: ModelDigest): HeaderLine {
  const header: WrittenHeader = {
    type: MANIFEST_TYPE,
    kind: trees.kind,
    hash: segmentHash,
    files: trees.files,
    bytes: trees.bytes,
    // Absent means none, as in statements.
    ...(ignored.length === 0 ? {} : { ignored }),
    ...(opaque.length === 0 ? {} : { opaque }),
    fileTree: trees.fileTree,
    segmentTree: trees.segmentTree,
    tensorSets: trees.tensorSets.length,
  };
  return header as HeaderLine;
}

function fileLine({ file, container }: FilePlan, sha256: string, segments: FileSegments): FileLine {
  const { path, size } = file;
  const format = container === undefined ? {} : { format: container.format };
  return { type: 'file', path, size, sha256, segments: segments.lengths.length, ...format };
}

function* segmentLines({ container }: FilePlan, { lengths, digests }: FileSegments): Generator<SegmentLine> {
  const names = container === undefined ? [] : tensorNames(container, lengths.length);
  let offset = 0;
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i] as number;
    const digest = hexEncode(digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES));
    const tensor = names[i];
    yield { type: 'segment', offset, length, digest, ...(tensor === undefined ? {} : { tensor }) };
    offset += length;
  }
}

/** By segment, the name of the tensor whose chunk it is. */
function tensorNames(container: NonNullable<FilePlan['container']>, segments: number): (string | undefined)[] {
  const names = Array.from<string | undefined>({ length: segments });
  const { first, count } = tensorChunks(container);
  for (const [i, tensor] of container.tensors.entries()) {
    const start = first[i] as number;
    names.fill(tensor.name, start, start + (count[i] as number));
  }
  return names;
}

function tensorSetLine({ plan }: ModelDigest, set: TensorSetPlan, root: TensorSetRoot): TensorSetLine {
  const files = set.files.map((file) => plan.files.at(file)?.file.path as string);
  return { type: 'tensorSet', files, ...root };
}

function* tensorLines({ files, segmentHash }: ModelDigest, set: TensorSetPlan): Generator<TensorLine> {
  const position = new Map(set.files.map((file, i) => [file, i]));
  for (const ref of set.tensors) {
    const { name, dtype, shape, length } = ref.tensor;
    const root = hexEncode(chunkRootOf(ref, segmentHash, files));
    yield { type: 'tensor', name, dtype, shape, length, file: position.get(ref.file) as number, root };
  }
}
