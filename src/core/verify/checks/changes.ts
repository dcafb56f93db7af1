import { quote } from '../../bytes/index.ts';
import type { FileChange } from '../report.ts';
import { type ObservedFile, withRenames } from './match.ts';

/** A file as evidence lists it, by whichever digest this run can compare. */
export interface ExpectedFile {
  readonly size: number;
  readonly digest: string;
}

/**
 * Names every file that differs from a listing: changed, added, missing, renamed.
 *
 * @param foundDigest of a file in the same terms as the listing's digests
 */
export function fileChanges(
  expected: ReadonlyMap<string, ExpectedFile>,
  found: readonly ObservedFile[],
  foundDigest: (file: ObservedFile) => string,
): FileChange[] {
  const byPath = new Map(found.map((file) => [file.path, file]));
  const changes: FileChange[] = [];
  for (const [path, { size, digest }] of expected) {
    const file = byPath.get(path);
    if (file === undefined) {
      changes.push({ path, change: 'missing', expected: digest });
      continue;
    }
    const actual = foundDigest(file);
    if (actual === digest && file.size === size) continue;
    changes.push({ path, change: 'changed', expected: digest, found: actual });
  }
  for (const { path } of found) if (!expected.has(path)) changes.push({ path, change: 'added' });
  return withRenames(changes, byPath);
}

/**
 * The tensors whose chunks differ, where both sides are cut alike; undefined for a chunk outside any tensor.
 *
 * @param digestBytes bytes of each digest
 */
export function changedSegments(
  expected: { readonly digests: Uint8Array; readonly tensors: readonly (string | undefined)[] },
  found: Uint8Array,
  digestBytes: number,
): { readonly tensors: readonly string[]; readonly outside: boolean } {
  const tensors = new Set<string>();
  let outside = false;
  for (const [index, tensor] of expected.tensors.entries()) {
    const at = index * digestBytes;
    let equal = true;
    for (let i = at; i < at + digestBytes && equal; i++) equal = expected.digests[i] === found[i];
    if (equal) continue;
    if (tensor === undefined) outside = true;
    else tensors.add(tensor);
  }
  return { tensors: [...tensors], outside };
}

/** The first difference by name, and how many more there are. */
export function summariseChanges(changes: readonly FileChange[]): string {
  const [first] = changes;
  if (first === undefined) return 'nothing differs';
  const what = first.path === '' ? 'the file' : quote(first.path);
  const tensor = first.tensors?.[0];
  const inside =
    tensor === undefined ? '' : ` in tensor ${quote(tensor)}${(first.tensors?.length ?? 0) > 1 ? ' and others' : ''}`;
  const more = changes.length > 1 ? `, and ${changes.length - 1} more file${changes.length > 2 ? 's' : ''}` : '';
  return `${what} ${first.change}${inside}${more}`;
}
