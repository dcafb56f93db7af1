import { compareUtf8, pathProblem } from '../../bytes/index.ts';
import { opaqueProblem, pathListProblem } from '../paths.ts';
import type { ModelPredicateJson } from './model-schema.ts';

type Rule = (value: unknown) => boolean;

const count: Rule = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const hex32: Rule = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const oneOf =
  (...values: readonly unknown[]): Rule =>
  (value) =>
    values.includes(value);
const format = oneOf('gguf', 'safetensors');
const contentHash = oneOf('blake3', 'sha256');

const list =
  <T>(ofEach: (value: unknown) => value is T, ofAll: (values: readonly T[]) => boolean): Rule =>
  (value) =>
    Array.isArray(value) && value.every(ofEach) && ofAll(value);

/** An object with these members and no others. */
const members =
  (required: Readonly<Record<string, Rule>>, optional: Readonly<Record<string, Rule>> = {}): Rule =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const present = new Map(Object.entries(value));
    return (
      Object.keys(required).every((key) => present.has(key)) &&
      [...present].every(([key, member]) => {
        const rules = Object.hasOwn(required, key) ? required : optional;
        return Object.hasOwn(rules, key) && rules[key]?.(member) === true;
      })
    );
  };

const isText = (value: unknown): value is string => typeof value === 'string';
const paths = (problemOf: (all: readonly string[]) => string | undefined): Rule =>
  list(isText, (all) => problemOf(all) === undefined);

const tensorSet = members({
  path: (path) => path === '' || (isText(path) && pathProblem(path) === undefined),
  format,
  hash: contentHash,
  size: count,
  parameters: count,
  root: hex32,
});
const isTensorSet = (value: unknown): value is { readonly path: string } => tensorSet(value);
const tree = (hash: Rule): Rule => members({ hash, size: count, root: hex32 });

const predicate = members(
  {
    kind: oneOf('file', 'folder'),
    digests: oneOf('observed', 'precomputed'),
    files: (value) => value !== 0 && count(value),
    bytes: count,
    formats: list(isText, (all) => all.every(format) && ascending(all)),
    fileTree: tree(oneOf('sha256')),
    tensorSets: list(isTensorSet, (all) => ascending(all.map(({ path }) => path))),
  },
  {
    segmentTree: tree(contentHash),
    manifest: members({ sha256: hex32 }),
    ignored: paths(pathListProblem),
    opaque: paths(opaqueProblem),
    allowSymlinks: oneOf(true),
  },
);

/** Whether names stand in the order of their UTF-8 bytes, none twice. */
export function ascending(names: readonly string[]): boolean {
  return names.every((name, index) => {
    const previous = index === 0 ? undefined : names[index - 1];
    return previous === undefined || compareUtf8(previous, name) < 0;
  });
}

/**
 * Whether a value is one that `modelPredicateSchema` accepts, told without zod: every `verify` reads a model statement, and zod takes
 * 20 ms to load and to make the schema. What does not fit goes to the schema, which has the last word and says what is wrong.
 */
export function fitsModelPredicate(value: unknown): value is ModelPredicateJson {
  return predicate(value);
}
