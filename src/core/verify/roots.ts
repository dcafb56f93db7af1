import { compareUtf8, decodeHex, hexEncode } from '../bytes/index.ts';
import { type DigestSet, FILE_TREE, LazyList, type List } from '../digest/index.ts';
import {
  type FileSegments,
  fileTreeRoot,
  isIgnored,
  omsRootOf,
  type SegmentHash,
  segmentTreeKey,
  segmentTreeRoot,
} from '../model/index.ts';
import type { ObservedFile } from './checks/match.ts';
import type { LoadedManifest, ManifestSegments } from './manifests.ts';

/** Bytes that the caller chose not to look at, filled in from an authenticated manifest so that the root can still be formed. */
export interface Patch {
  readonly manifest: LoadedManifest;
  /** Segments of the files that are filled in; only where segments are compared. */
  readonly segments?: ReadonlyMap<string, ManifestSegments>;
  /** `--ignore`: listed files below these paths count as they are listed. */
  readonly ignore: ReadonlySet<string>;
  /** `--ignore-unsigned-files`: files that are not listed do not count. */
  readonly ignoreUnsigned: boolean;
}

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number => compareUtf8(a.path, b.path);

function patched<T extends { readonly path: string }>(
  files: LazyList<T>,
  patch: Patch | undefined,
  listed: (path: string) => T,
): List<T> {
  if (patch === undefined) return files;
  const kept = [...files].filter(({ path }) => !patch.ignoreUnsigned || patch.manifest.files.has(path));
  const have = new Set(kept.map(({ path }) => path));
  const filled = [...patch.manifest.files].filter(({ path }) => !have.has(path) && isIgnored(path, patch.ignore));
  return [...kept, ...filled.map(({ path }) => listed(path))].toSorted(byPath);
}

/** File tree and `sha256` of the files as read; every file must have been read. */
export function fileRoots(files: LazyList<ObservedFile>, kind: 'folder' | 'file', patch?: Patch): DigestSet {
  const digests = patched(
    new LazyList(files.length, (i) => {
      const { path, size, whole } = files.at(i) as ObservedFile;
      return { path, size, sha256: whole.sha256 as Uint8Array };
    }),
    patch,
    (path) => {
      const entry = patch?.manifest.files.get(path);
      return { path, size: entry?.size ?? 0, sha256: decodeHex(entry?.sha256 ?? '') };
    },
  );
  const first = digests.at(0);
  return {
    sha256: kind === 'file' && first !== undefined ? hexEncode(first.sha256) : omsRootOf(digests),
    [FILE_TREE]: fileTreeRoot(digests).root,
  };
}

export function segmentRoots(files: LazyList<FileSegments>, hash: SegmentHash, patch?: Patch): DigestSet {
  const segments = patched<FileSegments>(files, patch, (path) => patch?.segments?.get(path) as FileSegments);
  return { [segmentTreeKey(hash)]: segmentTreeRoot(hash, segments).root };
}
