import { hexEncode } from '../bytes/index.ts';
import { hashFiles } from '../digest/index.ts';
import {
  cutSegments,
  type FileList,
  type FilePlan,
  fileRequest,
  type ModelFile,
  planModel,
  readLfsPointer,
  type SegmentHash,
} from '../model/index.ts';
import { changedSegments, fileChanges } from './checks/changes.ts';
import type { EvaluateContext, Evaluated } from './evaluated.ts';
import type { ManifestSegments } from './manifests.ts';
import type { View } from './observe.ts';
import type { FileChange } from './report.ts';

/**
 * Names what differs from a statement that does not match: each file, and the tensors inside where the authenticated manifest
 * tells. Changed files are read once more for that; nothing here decides the verdict.
 */
export async function explain(
  { statement, match, view }: Evaluated,
  context: EvaluateContext,
): Promise<readonly FileChange[]> {
  if (view === undefined) return match.changes;
  let changes = match.changes;
  const manifest = await context.shelf.for(statement);
  if (changes.length === 0 && manifest !== undefined) {
    const files = [...view.files()];
    if (files.every(({ whole }) => whole.sha256 !== undefined)) {
      const expected = new Map([...manifest.files].map(({ path, size, sha256 }) => [path, { size, digest: sha256 }]));
      changes = fileChanges(expected, files, ({ whole }) => hexEncode(whole.sha256 ?? new Uint8Array()));
    } else {
      changes = await bySegments(view, await context.shelf.segments(statement, () => true));
    }
  }
  if (manifest === undefined) return changes;
  const changed = new Set(changes.filter(({ change }) => change === 'changed').map(({ path }) => path));
  if (changed.size === 0) return changes;
  const expected = await context.shelf.segments(statement, (path) => changed.has(path));
  const out: FileChange[] = [];
  for (const change of changes) {
    const file = view.set.files.named(change.path);
    const listed = expected.get(change.path);
    const tensors =
      change.change === 'changed' && change.tensors === undefined && file !== undefined && listed !== undefined
        ? await changedTensorNames(file, listed, manifest.summary.segmentHash, view, context)
        : change.tensors;
    out.push(tensors === undefined || tensors.length === 0 ? change : { ...change, tensors });
  }
  return out;
}

/** With `--fast` only segments were hashed: files are told apart by them. */
async function bySegments(view: View, expected: ReadonlyMap<string, ManifestSegments>): Promise<readonly FileChange[]> {
  const size = (lengths: Float64Array): number => lengths.reduce((sum, length) => sum + length, 0);
  const key = ({ lengths, digests }: { readonly lengths: Float64Array; readonly digests: Uint8Array }): string =>
    `${lengths.join()} ${hexEncode(digests)}`;
  const found = new Map(view.segments().map((file) => [file.path, file]));
  const listed = new Map([...expected].map(([path, file]) => [path, { size: size(file.lengths), digest: key(file) }]));
  const changes = fileChanges(listed, [...view.files()], ({ path }) =>
    key(found.get(path) ?? { lengths: new Float64Array(), digests: new Uint8Array() }),
  );
  return changes.map(({ path, change, from }) => ({ path, change, ...(from === undefined ? {} : { from }) }));
}

async function changedTensorNames(
  file: ModelFile,
  listed: ManifestSegments,
  hash: SegmentHash,
  { set }: View,
  { options }: EvaluateContext,
): Promise<readonly string[]> {
  const size = listed.lengths.reduce((sum, length) => sum + length, 0);
  if (size === file.size) {
    const request = {
      path: file.path,
      location: file.location,
      followLink: false,
      identity: file.identity,
      whole: [],
      segments: [{ hash, lengths: listed.lengths }],
    };
    const [result] = await hashFiles([request], { ...options, phase: 'comparing tensors' });
    const digests = result?.segments[0];
    return digests === undefined || result?.error !== undefined ? [] : changedSegments(listed, digests, 32).tensors;
  }
  // Another size: the tensors are compared by name, where the file still parses.
  const plan = await planModel(
    { ...set, files: set.files.filter(({ index }) => index === file.index), problems: [] },
    { opaque: [], signal: options.signal },
  );
  const [filePlan] = plan.files;
  if (filePlan?.container === undefined) return [];
  const [result] = await hashFiles([fileRequest(filePlan, [], hash)], { ...options, phase: 'comparing tensors' });
  const digests = result?.segments[0];
  if (digests === undefined || result?.error !== undefined) return [];
  return differences(chunksByTensor(listed), chunksByTensor({ digests, tensors: segmentTensors(filePlan) }));
}

/** The name of the tensor that each segment of a planned file belongs to. */
function segmentTensors(plan: FilePlan): readonly (string | undefined)[] {
  const { container, file } = plan;
  if (container === undefined) return Array.from(cutSegments({ size: file.size, container }), () => undefined);
  return container.regions.flatMap((region) => {
    const name = region.tensor === undefined ? undefined : container.tensors[region.tensor]?.name;
    return Array.from(cutSegments({ size: region.length, container: undefined }), () => name);
  });
}

function chunksByTensor({
  digests,
  tensors,
}: {
  readonly digests: Uint8Array;
  readonly tensors: readonly (string | undefined)[];
}): Map<string, string> {
  const chunks = new Map<string, string>();
  for (const [index, name] of tensors.entries()) {
    if (name === undefined) continue;
    chunks.set(name, (chunks.get(name) ?? '') + hexEncode(digests.subarray(32 * index, 32 * index + 32)));
  }
  return chunks;
}

const differences = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] =>
  [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));

/** What a user should do about the changes, where the bytes or the names tell. */
export async function changeHint(changes: readonly FileChange[], files: FileList): Promise<string | undefined> {
  const changed = new Set(
    changes.filter(({ change }) => change === 'changed' || change === 'refused').map(({ path }) => path),
  );
  const pointer = files.find((file) => changed.has(file.path) && readLfsPointer(file) !== undefined);
  if (pointer !== undefined) return 'a Git-LFS pointer lies in place of the weights: run `git lfs pull`';
  // Names are compared byte for byte (OMS v1.0 §6.1.2); file systems and archivers may have changed their form.
  const gone = changes.flatMap(({ path, change, from }) => (change === 'missing' ? [path] : (from ?? [])));
  const normalised = new Set(gone.map((path) => path.normalize()));
  const respelled = changes.some(
    ({ path, change }) => (change === 'added' || change === 'renamed') && normalised.has(path.normalize()),
  );
  return respelled
    ? 'file names differ only in their Unicode normalisation: copy the model with a tool that keeps names'
    : undefined;
}
