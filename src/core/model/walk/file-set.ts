import { compareUtf8, quote } from '../../bytes/index.ts';
import type { FileList } from './file-list.ts';
import { isIgnored } from './ignore.ts';
import type { ModelListing, WalkProblem } from './listing.ts';

/** Names of our own files at the top of a folder (design §4). */
export const SIDE_FILES = {
  signature: 'model.sig',
  attestations: 'model.attestations.jsonl',
  manifest: 'model.manifest.jsonl',
} as const;

/** Left out at the top of a folder by OMS v1.0 and by us. */
export const GIT_NAMES = ['.git', '.gitattributes', '.github', '.gitignore'] as const;

export const SIDE_FILE_NAMES: ReadonlySet<string> = new Set(Object.values(SIDE_FILES));

/** Bookkeeping of `huggingface_hub` in a folder that it downloaded into. */
const HUGGING_FACE_CACHE: ReadonlySet<string> = new Set(['.cache/huggingface']);

/** A path that the file set does not contain, and why: what a verdict says nothing about. */
export interface LeftOut {
  readonly path: string;
  readonly because: 'side file' | 'git' | 'hugging face cache' | 'ignored' | 'bundle';
}

export interface FileSet {
  readonly kind: 'folder' | 'file';
  /** Base name of the model. */
  readonly name: string;
  /** By the UTF-8 bytes of the path. */
  readonly files: FileList;
  /** Those of the listing's problems that concern this set. */
  readonly problems: readonly WalkProblem[];
  readonly leftOut: readonly LeftOut[];
}

export interface FileSetOptions {
  /** Canonical paths (`parseModelPaths`, or as a signed statement records them). */
  readonly ignored: readonly string[];
  /** Default true: as walked. `false` makes a problem of each file that the walk reached through a followed link. */
  readonly allowSymlinks?: boolean;
}

export interface OmsFileSetOptions extends FileSetOptions {
  /** The bundle itself, relative to the model, where it lies inside. */
  readonly bundle?: string;
}

/** Why a path is not in a file set; undefined where it is. */
export type LeavesOut = (path: string) => LeftOut['because'] | undefined;

/** The file set of design §3: of our trees, of what we sign, and of CIDs. */
export function fileSet(listing: ModelListing, options: FileSetOptions): FileSet {
  return select(listing, options, leavesOut(listing.kind, options.ignored));
}

/** The rule of `fileSet`, for who sees the paths one by one. */
export function leavesOut(kind: FileSet['kind'], ignored: readonly string[]): LeavesOut {
  return withIgnored(kind, ignored, (path) => {
    if (SIDE_FILE_NAMES.has(path)) return 'side file';
    return isIgnored(path, HUGGING_FACE_CACHE) ? 'hugging face cache' : undefined;
  });
}

/** The file set of an OMS statement made by others (design §3): all but its ignores, the Git names and the bundle. */
export function omsFileSet(listing: ModelListing, options: OmsFileSetOptions): FileSet {
  const isBundle: LeavesOut = (path) => (path === options.bundle ? 'bundle' : undefined);
  return select(listing, options, withIgnored(listing.kind, options.ignored, isBundle));
}

function withIgnored(kind: FileSet['kind'], paths: readonly string[], builtIn: LeavesOut): LeavesOut {
  const ignored = new Set(paths);
  return (path) =>
    (kind === 'folder' ? builtIn(path) : undefined) ?? (isIgnored(path, ignored) ? 'ignored' : undefined);
}

/** Whether a problem of the walk is one of the file set. */
export function concerns(problem: WalkProblem, reason: LeavesOut): boolean {
  // A side file's name is in every `ignore_paths` that we sign: a folder of that name would hide whatever is put into it.
  // A link of that name is no side file either; only a regular file is.
  const kept = problem.kind === 'side-file-is-folder' || SIDE_FILE_NAMES.has(problem.path);
  return kept || reason(problem.path) === undefined;
}

function select(listing: ModelListing, options: FileSetOptions, reason: LeavesOut): FileSet {
  const problems: WalkProblem[] = [];
  const leftOut: LeftOut[] = listing.gitNames.map((path) => ({ path, because: 'git' }));
  let cached = false;
  const files = listing.files.filter(({ path, via }) => {
    const because = reason(path);
    const refused = because === undefined && via === 'followed-link' && options.allowSymlinks === false;
    if (refused) problems.push(reachedByLink(path));
    else if (because === 'hugging face cache') cached = true;
    else if (because !== undefined) leftOut.push({ path, because });
    return because === undefined && !refused;
  });
  if (cached) leftOut.push({ path: '.cache/huggingface', because: 'hugging face cache' });
  for (const problem of listing.problems) if (concerns(problem, reason)) problems.push(problem);
  return {
    kind: listing.kind,
    name: listing.name,
    files,
    problems: problems.toSorted((a, b) => compareUtf8(a.path, b.path)),
    leftOut: leftOut.toSorted((a, b) => compareUtf8(a.path, b.path)),
  };
}

function reachedByLink(path: string): WalkProblem {
  return {
    path,
    kind: 'symlink',
    message: `${quote(path)} is reached through a symbolic link, which is not allowed here`,
  };
}
