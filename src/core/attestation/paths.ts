import { compareUtf8, type JsonValue, pathProblem, quote } from '../bytes/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { malformed } from './json-fields.ts';

const MAX_PATHS = 10_000;

/** OMS v1.0 §6.2 knows no patterns: an entry with one of these would be read differently by different verifiers. */
export function hasGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/** Why a list of ignored or opaque paths of ours is not canonical, or undefined: canonical paths, no globs, sorted, unique, not empty. */
export function pathListProblem(paths: readonly string[]): string | undefined {
  if (paths.length === 0) return 'expected at least one path (absent means none), found an empty list';
  if (paths.length > MAX_PATHS) return `expected at most ${MAX_PATHS} paths, found ${paths.length}`;
  for (const [index, path] of paths.entries()) {
    const problem = pathProblem(path) ?? (hasGlob(path) ? 'holds one of * ? [' : undefined);
    if (problem !== undefined) return `the path ${quote(path)} ${problem}`;
    const previous = index === 0 ? undefined : paths[index - 1];
    if (previous !== undefined && compareUtf8(previous, path) >= 0)
      return `the path ${quote(path)} is out of order or listed twice`;
  }
  return undefined;
}

/**
 * An `ignored` list of ours as read from JSON; absent reads as empty.
 *
 * @throws StemmaError `code`
 */
export function readIgnored(value: JsonValue | undefined, pointer: string, code: ErrorCode): readonly string[] {
  return readPaths(value, pointer, code, (paths) => pathListProblem(paths));
}

/**
 * An `opaque` list of ours; the path of a single-file model is the empty string (design §3), which then stands alone.
 *
 * @throws StemmaError `code`
 */
export function readOpaque(value: JsonValue | undefined, pointer: string, code: ErrorCode): readonly string[] {
  return readPaths(value, pointer, code, opaqueProblem);
}

export function opaqueProblem(paths: readonly string[]): string | undefined {
  return paths.length === 1 && paths[0] === '' ? undefined : pathListProblem(paths);
}

function readPaths(
  value: JsonValue | undefined,
  pointer: string,
  code: ErrorCode,
  problemOf: (paths: readonly string[]) => string | undefined,
): readonly string[] {
  if (value === undefined) return [];
  const paths = Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
  if (!Array.isArray(value) || paths.length !== value.length)
    throw malformed(code, pointer, 'expected an array of paths');
  const problem = problemOf(paths);
  if (problem !== undefined) throw malformed(code, pointer, problem);
  return paths;
}
