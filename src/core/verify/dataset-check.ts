import type { AuthenticatedStatement } from './checks/authenticate.ts';
import type { Candidate } from './checks/candidate.ts';
import { signerLabel } from './checks/describe.ts';
import type { Check } from './report.ts';
import { distinctEntries } from './trust.ts';

export interface DatasetInput {
  /** Dataset statements, each with what comparing it came to. */
  readonly candidates: readonly Candidate[];
  /** Bundles without a usable statement. */
  readonly others: readonly AuthenticatedStatement[];
  /** What stands where a side file belongs and can be none. */
  readonly refused: string | undefined;
  /** A source that is no evidence, such as one that is too large; and one that could not be read. */
  readonly malformed: string | undefined;
  readonly unavailable: string | undefined;
  /** How many bundles were collected at all. */
  readonly collected: number;
}

const check = (outcome: Check['outcome'], message: string, extra: Partial<Check> = {}): Check => ({
  id: 'match.dataset',
  step: 'match',
  title: 'a trusted signer says that these are the bytes of the dataset',
  required: true,
  outcome,
  message,
  ...extra,
});

/**
 * The requirement that exit 0 of `dataset verify` means: a `dataset/v1` statement by a trusted signer matches every byte. Where it is
 * unmet, the first reason of design §5 that applies: a contradiction first and absence last.
 */
export function datasetCheck(input: DatasetInput): Check {
  const trusted = input.candidates.filter(({ statement }) => statement.trust === 'trusted');
  const own = trusted.filter(({ isAncestor }) => !isAncestor);
  const matched = own.filter(({ match }) => match.outcome === 'match');
  if (matched.length > 0) {
    const signers = distinctEntries(matched.flatMap(({ statement }) => statement.signers));
    const labels = signers.map(({ label }) => label).join(', ');
    return check('pass', `${signers.length} trusted signer${signers.length === 1 ? '' : 's'}: ${labels}`);
  }
  const contradiction = findContradiction(input, own);
  if (contradiction !== undefined) return contradiction;
  if (input.refused !== undefined) return check('fail', input.refused);
  const messageOf = (outcome: Candidate['match']['outcome']): string | undefined =>
    own.find(({ match }) => match.outcome === outcome)?.match.message;
  const malformed =
    input.malformed ?? input.others.find(({ trust }) => trust === 'malformed')?.message ?? messageOf('malformed');
  if (malformed !== undefined) return check('error', malformed, { errorClass: 'malformed' });
  const unavailable = input.unavailable ?? messageOf('unavailable');
  if (unavailable !== undefined) return check('error', unavailable, { errorClass: 'unavailable' });
  const undecided = own.find(({ match }) => match.outcome === 'unknown');
  if (undecided !== undefined) {
    const hint = 'the owner of the dataset has the secret; give its file with --salted';
    return check('unknown', undecided.match.message, { evidence: undecided.statement.ref, hint });
  }
  return check('missing', absence(input, trusted), { hint: absenceHint(input) });
}

function findContradiction({ candidates, others }: DatasetInput, own: readonly Candidate[]): Check | undefined {
  const forged = [...candidates.map(({ statement }) => statement), ...others].find(
    ({ trust, origin }) => trust === 'named' && origin !== 'attestations',
  );
  if (forged !== undefined) return check('fail', forged.message, { evidence: forged.ref });
  const broken = own.find(
    ({ statement, match }) =>
      match.outcome === 'contradicts' || (match.outcome === 'different' && statement.origin !== 'attestations'),
  );
  if (broken === undefined) return undefined;
  const message = `this is not the dataset that ${signerLabel(broken.statement)} signed: ${broken.match.message}`;
  return check('fail', message, { evidence: broken.statement.ref });
}

function absence({ collected, candidates, others }: DatasetInput, trusted: readonly Candidate[]): string {
  if (collected === 0) return 'no evidence was found with the dataset';
  if (trusted.some(({ isAncestor }) => isAncestor))
    return 'the only dataset statements by a trusted signer are about a dataset that this one is derived from';
  if (trusted.length > 0) return 'the only dataset statements by a trusted signer are about another dataset';
  const statements = [...candidates.map(({ statement }) => statement), ...others];
  const near = (['expired', 'untrusted'] as const)
    .map((wanted) => statements.find(({ trust }) => trust === wanted))
    .find((found) => found !== undefined);
  return near?.message ?? 'no dataset statement (dataset/v1) was found';
}

function absenceHint({ collected, candidates }: DatasetInput): string {
  if (collected === 0) return 'give evidence with --attestations, or ask the publisher for it';
  return candidates.some(({ statement }) => statement.trust === 'untrusted')
    ? 'check that the key is the one the publisher announced; stemma key show prints the hint of a key'
    : 'stemma dataset attest makes one; stemma verify checks a model';
}
