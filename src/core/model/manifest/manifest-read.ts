import { concatBytes, hexEncode } from '../../bytes/index.ts';
import { createHash, type DigestSet } from '../../digest/index.ts';
import { throwIfAborted } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import type { DescribedFile, DescribedTensor, DescribedTensorSet, ModelDescription } from '../diff/describe.ts';
import type { SegmentHash, TensorSetRoot, TreeRoot } from '../trees/trees.ts';
import { manifestInvalid } from './manifest-fields.ts';
import { MAX_LINE_BYTES, type ManifestLine, parseManifestLine } from './manifest-lines.ts';
import { ManifestReader } from './manifest-reader.ts';
import { parametersOf } from './manifest-set.ts';

/** What a manifest says of a model, every root recomputed from its own lines. Unsigned until it is compared with a statement. */
export interface ManifestSummary {
  /** Of the manifest's bytes, lower-case hex. */
  readonly sha256: string;
  readonly kind: 'folder' | 'file';
  readonly segmentHash: SegmentHash;
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly files: number;
  /** Of the model. */
  readonly bytes: number;
  readonly fileTree: TreeRoot;
  readonly segmentTree: TreeRoot;
  readonly tensorSets: readonly TensorSetRoot[];
  readonly digests: DigestSet;
}

const LF = 0x0a;

/**
 * Reads a manifest from its bytes, in memory that grows with the tensors alone. Lines are handed on as they come, before it
 * is known whether the whole is sound, let alone signed: nobody may act on them until the summary was compared.
 *
 * @param onLine called for each line that is well-formed and fits those before it
 * @throws StemmaError MANIFEST_INVALID with `details.line`; INTERRUPTED
 */
export async function readManifest(
  chunks: AsyncIterable<Uint8Array>,
  onLine: (line: ManifestLine) => void = () => undefined,
  options: AbortOptions = {},
): Promise<ManifestSummary> {
  const hash = createHash('sha256');
  const reader = new ManifestReader();
  let number = 0;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    throwIfAborted(options.signal);
    hash.update(chunk);
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const piece = chunk.subarray(start, end);
      const line = parseManifestLine(rest.length === 0 ? piece : concatBytes(rest, piece), ++number);
      reader.push(line);
      onLine(line);
      rest = new Uint8Array(0);
      start = end + 1;
    }
    if (start < chunk.length) rest = concatBytes(rest, chunk.subarray(start));
    if (rest.length > MAX_LINE_BYTES) throw manifestInvalid(`longer than ${MAX_LINE_BYTES} bytes`, number + 1);
  }
  if (rest.length > 0) throw manifestInvalid('expected a line feed at the end', number + 1);
  const { header, ...roots } = reader.finish();
  const { kind, files, bytes, ignored, opaque } = header;
  return {
    sha256: hexEncode(hash.digest()),
    kind,
    segmentHash: header.hash,
    ignored,
    opaque,
    files,
    bytes,
    ...roots,
  };
}

/**
 * Reads a manifest into a description of the model, to compare it with another or to name what changed.
 *
 * @throws StemmaError MANIFEST_INVALID; INTERRUPTED
 */
export async function describeManifest(
  chunks: AsyncIterable<Uint8Array>,
  options: AbortOptions = {},
): Promise<{ readonly summary: ManifestSummary; readonly description: ModelDescription }> {
  const files: DescribedFile[] = [];
  const sets: (DescribedTensorSet & { readonly tensors: DescribedTensor[] })[] = [];
  const summary = await readManifest(
    chunks,
    (line) => {
      if (line.type === 'file') files.push({ path: line.path, size: line.size, sha256: line.sha256 });
      else if (line.type === 'tensorSet') {
        const { type: _, ...set } = line;
        sets.push({ ...set, tensors: [] });
      } else if (line.type === 'tensor') {
        const set = sets.at(-1);
        const { type: _, file, ...tensor } = line;
        const parameters = parametersOf(tensor.shape);
        set?.tensors.push({ ...tensor, parameters, file: set.files[file] as string });
      }
    },
    options,
  );
  const { kind, segmentHash, digests } = summary;
  return { summary, description: { kind, segmentHash, digests, files, tensorSets: sets } };
}
