import { compareDigestSets, type DigestSet } from '../../digest/pure.ts';
import type { Check } from '../report.ts';
import { modelName } from './classify.ts';
import type { Candidate } from './identity.ts';

const make = (id: string, title: string, outcome: Check['outcome'], message: string): Check => ({
  id,
  step: 'match',
  title,
  outcome,
  required: true,
  message,
});

/** `--expect`: whether these are the bytes that the caller asked for. A difference in any shared key fails. */
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
  if (best.kind === 'match') return make(id, title, 'pass', `${best.equal.join(', ')} as expected`);
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
  return make(
    id,
    title,
    'unknown',
    'this run recomputed none of the expected keys; --fast compares segment trees only',
  );
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
