import {
  DATASET_PREDICATE_TYPE,
  EVALUATION_PREDICATE_TYPE,
  isOmsPredicateType,
  MODEL_PREDICATE_TYPE,
  PROVENANCE_PREDICATE_TYPE,
  TEST_RESULT_PREDICATE_TYPE,
} from '../../attestation/index.ts';
import type { Check } from '../report.ts';
import type { AuthenticatedStatement } from './authenticate.ts';
import type { Candidate } from './candidate.ts';
import type { ClassifiedStatement } from './classify.ts';
import { contradictsBytes } from './contradiction.ts';

/** Short names that `--require` takes for predicate types. */
export const REQUIRED_ALIASES: Readonly<Record<string, (predicateType: string) => boolean>> = {
  oms: isOmsPredicateType,
  model: (type) => type === MODEL_PREDICATE_TYPE,
  provenance: (type) => type === PROVENANCE_PREDICATE_TYPE,
  evaluation: (type) => type === TEST_RESULT_PREDICATE_TYPE || type === EVALUATION_PREDICATE_TYPE,
  dataset: (type) => type === DATASET_PREDICATE_TYPE,
};

/** What the signer himself says that it did not go well, or undefined. */
function saidFailure({ statement: { content } }: Candidate): string | undefined {
  if (content.kind === 'summary' && content.summary.result === 'FAILED') return 'it says FAILED';
  if (content.kind !== 'test-result') return undefined;
  const { result, failed } = content.testResult;
  if (result === 'FAILED') return 'it says FAILED';
  return failed === 0 ? undefined : `it says ${result}, and names tests that failed (${failed})`;
}

/** Our test result holds no numbers: without the evaluation that was written with it nobody knows what passed. */
const lacksNumbers = ({ statement: { content } }: Candidate): boolean =>
  content.kind === 'test-result' && content.testResult.hasNumbers;

/**
 * `--require TYPE`: a statement of that type about these bytes, by a trusted signer. Lines can be removed by whoever holds the
 * file, so absence is `missing` only where it is asked for (design §5). Presence is what is asked, but a result `FAILED`, or our test result
 * without the numbers that it is about, is no fulfilment.
 *
 * @param contradicted statements whose own evidence says otherwise: they fulfil nothing either
 * @param unread what kept sources of evidence from being read, where one was: the statement may lie there
 */
export function requiredType(
  type: string,
  candidates: readonly Candidate[],
  others: readonly AuthenticatedStatement[],
  contradicted: ReadonlySet<ClassifiedStatement>,
  unread: { readonly malformed: string | undefined; readonly unavailable: string | undefined },
): Check {
  const isType = Object.hasOwn(REQUIRED_ALIASES, type)
    ? (REQUIRED_ALIASES[type] as (type: string) => boolean)
    : (found: string) => found === type;
  const make = (outcome: Check['outcome'], message: string, extra: Partial<Check> = {}): Check => ({
    id: 'policy.require',
    step: 'policy',
    title: `required: ${type}`,
    required: true,
    outcome,
    message,
    ...extra,
  });
  const ofType = candidates.filter(({ statement }) => isType(statement.statement.predicateType));
  const trusted = ofType.filter(({ statement, isAncestor }) => statement.trust === 'trusted' && !isAncestor);
  const matched = trusted.filter(({ match }) => match.outcome === 'match');
  for (const each of matched) {
    const failure = saidFailure(each);
    if (failure !== undefined)
      return make('fail', `${each.statement.message}: ${failure}`, { evidence: each.statement.ref });
  }
  const wrong = matched.find(({ statement }) => contradicted.has(statement));
  if (wrong !== undefined) {
    const message = `${wrong.statement.message}: its numbers are not those of the evidence that it names`;
    return make('fail', message, { evidence: wrong.statement.ref });
  }
  // Whoever asks for test results by their type is content with one.
  const good = matched.find((each) => type !== 'evaluation' || !lacksNumbers(each));
  if (good !== undefined) {
    const unread = good.statement.content.kind === 'other' ? ': present; what it says is not read in this version' : '';
    return make('pass', `${good.statement.message}${unread}`, { evidence: good.statement.ref });
  }
  const contradicts = trusted.find(contradictsBytes);
  if (contradicts !== undefined)
    return make('fail', contradicts.match.message, { evidence: contradicts.statement.ref });
  const forged = [...ofType.map(({ statement }) => statement), ...others].find(
    ({ trust, origin }) => trust === 'named' && origin !== 'attestations',
  );
  if (forged !== undefined) return make('fail', forged.message, { evidence: forged.ref });
  const malformed = others.find(({ trust }) => trust === 'malformed');
  if (malformed !== undefined)
    return make('error', malformed.message, { errorClass: 'malformed', evidence: malformed.ref });
  if (unread.malformed !== undefined) return make('error', unread.malformed, { errorClass: 'malformed' });
  const unavailable = trusted.find(({ match }) => match.outcome === 'unavailable');
  if (unavailable !== undefined)
    return make('error', unavailable.match.message, { errorClass: 'unavailable', evidence: unavailable.statement.ref });
  if (unread.unavailable !== undefined) return make('error', unread.unavailable, { errorClass: 'unavailable' });
  const unknown = trusted.find(({ match }) => match.outcome === 'unknown');
  if (unknown !== undefined) return make('unknown', unknown.match.message, { evidence: unknown.statement.ref });
  const [bare] = matched;
  if (bare !== undefined) {
    const message = `${bare.statement.message}: a test result without its evaluation/v1, which holds the numbers`;
    const hint = 'ask the publisher for the missing attestation';
    return make('missing', message, { hint, evidence: bare.statement.ref });
  }
  const stranger = ofType.find(({ statement }) => statement.trust === 'untrusted' || statement.trust === 'expired');
  if (stranger !== undefined) return make('missing', stranger.statement.message, { evidence: stranger.statement.ref });
  const found = [...new Set(candidates.map(({ statement }) => statement.statement.predicateType))].toSorted();
  return make(
    'missing',
    `no such statement about these bytes; found ${found.length === 0 ? 'none' : found.join(', ')}`,
    {
      hint: 'ask the publisher for the missing attestation',
    },
  );
}
