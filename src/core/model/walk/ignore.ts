import { compareUtf8, pathProblem, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';

export interface ModelPathsOptions {
  /** Absolute path of the model, as `ModelListing.root`. */
  readonly root: string;
  readonly kind: 'folder' | 'file';
  /** The flag that gave the paths, for messages: `--ignore`. */
  readonly flag: string;
}

const GLOB = /[*?[\]]/;

/**
 * Reads the paths that a caller names inside a model (`--ignore`, `--opaque`) into the canonical form that statements record:
 * relative to the model, `/` separators, no trailing slash, sorted, unique. An absolute path must lie below the root. A
 * single-file model has one name, the empty path; its base name, its absolute path and `.` stand for it.
 *
 * There are no patterns (OMS v1.0 has none): a name with `*`, `?`, `[` or `]` is refused, since other tools would expand it.
 *
 * @throws StemmaError USAGE
 */
export function parseModelPaths(paths: readonly string[], options: ModelPathsOptions): readonly string[] {
  return [...new Set(paths.map((given) => parseModelPath(given, options)))].toSorted(compareUtf8);
}

function parseModelPath(given: string, { root, kind, flag }: ModelPathsOptions): string {
  const bad = (why: string): StemmaError => new StemmaError('USAGE', `${flag} ${quote(given)} ${why}`);
  const relative = relativeTo(root, given);
  if (relative === undefined) throw bad('lies outside the model');
  const parts = relative.split('/').filter((part) => part !== '' && part !== '.');
  const path = parts.join('/');
  if (kind === 'file') {
    if (path === '' || path === baseName(root)) return '';
    throw bad('names nothing: the model is a single file');
  }
  if (path === '') throw bad('names the whole model');
  if (GLOB.test(path)) throw bad('has a pattern character; paths are taken literally and none may contain * ? [ ]');
  const problem = pathProblem(path);
  if (problem !== undefined) throw bad(problem);
  return path;
}

function relativeTo(root: string, given: string): string | undefined {
  if (!given.startsWith('/')) return given;
  if (given === root) return '';
  const prefix = root.endsWith('/') ? root : `${root}/`;
  return given.startsWith(prefix) ? given.slice(prefix.length) : undefined;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether a path or a folder above it is named, by whole components (OMS v1.0: `r === g || r.startsWith(g + "/")`). */
export function isIgnored(path: string, ignored: ReadonlySet<string>): boolean {
  if (ignored.size === 0) return false;
  if (ignored.has(path)) return true;
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    if (ignored.has(path.slice(0, slash))) return true;
  }
  return false;
}
