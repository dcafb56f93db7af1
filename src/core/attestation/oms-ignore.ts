import { compareUtf8, pathProblem, quote } from '../bytes/index.ts';
import type { JsonFields } from './json-fields.ts';
import { hasGlob } from './paths.ts';

const MAX_IGNORE_PATHS = 10_000;

/**
 * `ignore_paths` of an OMS statement. A pattern is malformed: verifiers would disagree on what it leaves out. An entry that no
 * canonical path can equal (absolute, `..`, `./x`: early Go clients recorded paths of the signer's working directory) can match
 * nothing and is dropped with a note.
 *
 * @throws StemmaError OMS_INVALID
 */
export function readIgnorePaths(serialization: JsonFields): {
  readonly paths: readonly string[];
  readonly notes: readonly string[];
} {
  const paths = new Set<string>();
  const notes: string[] = [];
  for (const entry of serialization.array('ignore_paths', MAX_IGNORE_PATHS)) {
    if (typeof entry !== 'string' || entry === '')
      throw serialization.bad('ignore_paths', 'expected non-empty strings');
    if (hasGlob(entry)) throw serialization.bad('ignore_paths', `the ignored path ${quote(entry)} holds one of * ? [`);
    const problem = pathProblem(entry, { windows: false });
    if (problem === undefined) paths.add(entry);
    else notes.push(`the ignored path ${quote(entry)} ${problem} and matches nothing`);
  }
  return { paths: [...paths].toSorted(compareUtf8), notes };
}
