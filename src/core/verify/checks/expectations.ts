import { compareDigestSets, type DigestSet } from '../../digest/pure.ts';
import type { Check } from '../report.ts';
import type { Candidate } from './candidate.ts';
import { modelName } from './classify.ts';

const make = (id: string, title: string, outcome: Check['outcome'], message: string): Check => ({
  id,
  step: 'match',
  title,
  outcome,
  required: true,
  message,
});

/**
 * `--expect`: whether these are the bytes that the caller asked for. A difference in any shared key fails, and a key that nobody
 * recomputed leaves the question open.
 */
export function expectedDigests(expected: DigestSet, matched: readonly Candidate[], kind: 'folder' | 'file'): Check {
  const id = 'match.expect';
  const title = 'the digests are the expected ones';
  const results = matched.map(({ match }) => compareDigestSets(expected, match.observed, kind === 'file'));
  // One statement may have had fewer keys recomputed than another about the same bytes: a contradiction counts before a match.
  const best = (['contradiction', 'match', 'different', 'names-not-bound', 'no-common-key'] as const)
    .map((wanted) => results.find((result) => result.kind === wanted))
    .find((result) => result !== undefined);
  if (best === undefined)
    return make(id, title, 'unknown', 'no identity statement matched, so there is nothing to compare');
  if (best.kind === 'match') {
    const equal = new Set(results.filter(({ unequal }) => unequal.length === 0).flatMap((result) => result.equal));
    const open = Object.keys(expected).filter((key) => !equal.has(key));
    if (open.length === 0) return make(id, title, 'pass', `${[...equal].toSorted().join(', ')} as expected`);
    const message = `${best.equal.join(', ')} as expected, but this run did not recompute ${open.join(', ')}`;
    return { ...make(id, title, 'unknown', message), hint: '--full recomputes every root that the statements sign' };
  }
  if (best.unequal.length > 0)
    return make(id, title, 'fail', `${best.unequal.join(', ')}: found another value than expected`);
  if (best.kind === 'names-not-bound') {
    return make(
      id,
      title,
      'unknown',
      'names not bound: sha256 of a folder alone says nothing about its file names; expect stemmaFileTreeV1',
    );
  }
  return {
    ...make(id, title, 'unknown', 'this run recomputed none of the expected keys'),
    hint: '--full recomputes every root that the statements sign; --fast compares segment trees only',
  };
}

/** `--expect-name`: the subject's name of a matched identity statement. */
export function expectedName(expected: string, matched: readonly Candidate[]): Check {
  const id = 'match.expect-name';
  const title = 'the name is the expected one';
  const names = matched.map(({ statement }) => modelName(statement));
  if (matched.length === 0)
    return make(id, title, 'unknown', 'no identity statement matched, so there is no name to compare');
  if (names.includes(expected)) return make(id, title, 'pass', `a trusted signer calls it ${JSON.stringify(expected)}`);
  const found = [...new Set(names)].map((name) => JSON.stringify(name ?? null)).join(', ');
  return make(id, title, 'fail', `expected ${JSON.stringify(expected)}, trusted signers call it ${found}`);
}
