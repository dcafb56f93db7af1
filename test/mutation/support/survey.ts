import { isStemmaError } from '../../../src/core/errors/index.ts';
import { exitCodeOf, type Report } from '../../../src/core/verify/index.ts';
import { type Flip, flipped } from './flips.ts';
import { placeIn } from './json-place.ts';

/** What came of a mutated artifact: the exit code, and the checks that passed. */
export interface Verdict {
  readonly exit: number;
  readonly passed: ReadonlySet<string>;
}

export const verdictOf = (report: Report): Verdict => ({
  exit: exitCodeOf(report),
  passed: new Set(
    report.checks
      .filter(({ outcome }) => outcome === 'pass')
      .map(({ id, evidence, title }) => `${id} ${evidence?.source ?? ''} ${evidence?.line ?? ''} ${title}`),
  ),
});

/** The verdict, or the exit code of a coded error; anything else that is thrown goes on. */
export async function attempt(verify: () => Promise<Report>): Promise<Verdict> {
  try {
    return verdictOf(await verify());
  } catch (error) {
    if (isStemmaError(error)) return { exit: error.errorClass === 'malformed' ? 4 : 2, passed: new Set() };
    throw error;
  }
}

/** The flips of a JSON document after which `isNoticed` is still false, by where in the document they lie. */
export async function unnoticed(
  document: Uint8Array,
  flips: readonly Flip[],
  isNoticed: (mutated: Uint8Array) => Promise<boolean>,
): Promise<readonly string[]> {
  const text = Buffer.from(document).toString('utf8');
  const places = new Set<string>();
  for (const flip of flips) {
    if (!(await isNoticed(flipped(document, flip)))) places.add(placeIn(text, flip.offset));
  }
  return [...places].toSorted();
}
