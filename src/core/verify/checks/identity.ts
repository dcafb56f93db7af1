import { DATASET_PREDICATE_TYPE } from '../../attestation/index.ts';
import type { LazyList } from '../../digest/pure.ts';
import type { Evaluated } from '../evaluated.ts';
import type { Check } from '../report.ts';
import { distinctEntries, type TrustEntry } from '../trust.ts';
import type { AuthenticatedStatement } from './authenticate.ts';
import type { Candidate } from './candidate.ts';
import { isIdentity } from './contradiction.ts';
import { signerLabel } from './describe.ts';

export interface IdentityInput {
  readonly candidates: readonly Candidate[];
  /** Bundles without a usable statement: malformed, of an unknown type, or not what the signer they name signed. */
  readonly others: readonly AuthenticatedStatement[];
  /** With `--signature`, evidence of other origins is no identity evidence. */
  readonly onlySignature: boolean;
  readonly integrityOnly: boolean;
  readonly threshold: number;
  /** Every path of the default file set less the caller's ignores. */
  readonly files: LazyList<string>;
  /** What stands where a side file belongs and can be none. */
  readonly refused: string | undefined;
  /** A source that is no evidence we can read, such as one that is too large. */
  readonly malformed: string | undefined;
  /** A source could not be read: absence of evidence cannot be told from that. */
  readonly unavailable: string | undefined;
  /** How many bundles were collected at all. */
  readonly collected: number;
}

const counts = ({ statement }: Evaluated): boolean =>
  statement.trust === 'trusted' || statement.trust === 'unauthenticated';

const check = (outcome: Check['outcome'], message: string, extra: Partial<Check> = {}): Check => ({
  id: 'match.identity',
  step: 'match',
  title: 'a trusted signer says that these are the bytes',
  required: true,
  outcome,
  message,
  ...extra,
});

/**
 * The requirement that exit 0 means (design §5): an identity statement by a trusted signer matches every byte; with a threshold,
 * every file is covered and matched by that many distinct signers.
 */
export function identityCheck(input: IdentityInput): Check {
  const made = judgeIdentity(input);
  return input.integrityOnly
    ? { ...made, title: 'a statement, authenticated or not, says that these are the bytes' }
    : made;
}

function judgeIdentity(input: IdentityInput): Check {
  const eligible = input.candidates.filter(
    ({ statement }) => isIdentity(statement) && (!input.onlySignature || statement.origin === 'signature'),
  );
  const matched = eligible.filter((entry) => counts(entry) && !entry.isAncestor && entry.match.outcome === 'match');
  const uncovered = matched.length === 0 ? undefined : firstUncovered(matched, input);
  if (matched.length > 0 && uncovered === undefined) {
    if (input.integrityOnly)
      return check(
        'pass',
        'the digests are those of an unauthenticated statement: nobody was checked to have signed it',
      );
    const signers = distinctSigners(matched);
    return check(
      'pass',
      `${signers.length} trusted signer${signers.length === 1 ? '' : 's'}: ${signers.map(({ label }) => label).join(', ')}`,
    );
  }
  return unmet(input, eligible, uncovered);
}

const distinctSigners = (matched: readonly Evaluated[]): TrustEntry[] =>
  distinctEntries(matched.flatMap(({ statement }) => statement.signers));

/** With a threshold of two or more a file that a statement ignores is not covered by it. */
function firstUncovered(
  matched: readonly Evaluated[],
  { threshold, files, integrityOnly }: IdentityInput,
): string | undefined {
  if (threshold <= 1 || integrityOnly) return undefined;
  const total = distinctSigners(matched).length;
  if (total < threshold) return `${total} distinct signer${total === 1 ? '' : 's'} of ${threshold}`;
  const short = files.find(
    (path) => distinctSigners(matched.filter(({ match }) => match.covered.has(path))).length < threshold,
  );
  return short === undefined
    ? undefined
    : `not every file is covered by ${threshold} signers: ${short === '' ? 'the file' : JSON.stringify(short)} is not`;
}

/** Design §5, "Which evidence": the first reason that applies, a contradiction first and absence last. */
function unmet(input: IdentityInput, eligible: readonly Candidate[], uncovered: string | undefined): Check {
  const contradiction = findContradiction(input, eligible);
  if (contradiction !== undefined) return contradiction;
  if (input.refused !== undefined) return check('fail', input.refused);
  const malformed =
    input.malformed ??
    input.others.find(({ trust }) => trust === 'malformed')?.message ??
    eligible.find((entry) => counts(entry) && entry.match.outcome === 'malformed')?.match.message;
  if (malformed !== undefined) return check('error', malformed, { errorClass: 'malformed' });
  const unavailable =
    input.unavailable ??
    eligible.find((entry) => counts(entry) && entry.match.outcome === 'unavailable')?.match.message;
  if (unavailable !== undefined) return check('error', unavailable, { errorClass: 'unavailable' });
  if (uncovered !== undefined)
    return check('missing', uncovered, { hint: 'each further signer attests the model with a key of their own' });
  const undecided = eligible.find((entry) => counts(entry) && !entry.isAncestor && entry.match.outcome === 'unknown');
  if (undecided !== undefined) return check('unknown', undecided.match.message, { evidence: undecided.statement.ref });
  return check('missing', absence(input, eligible), { hint: absenceHint(input, eligible) });
}

function findContradiction(input: IdentityInput, eligible: readonly Candidate[]): Check | undefined {
  for (const { statement, match, isAncestor } of eligible) {
    const own = statement.origin !== 'attestations';
    if (own && statement.trust === 'named') return check('fail', statement.message, { evidence: statement.ref });
    if (!counts({ statement, match }) || isAncestor) continue;
    if (match.outcome === 'contradicts' || (own && match.outcome === 'different')) {
      return check('fail', `these are not the bytes that ${signerLabel(statement)} signed: ${match.message}`, {
        evidence: statement.ref,
      });
    }
  }
  const forged = input.others.find(
    ({ trust, origin }) =>
      trust === 'named' && origin !== 'attestations' && (!input.onlySignature || origin === 'signature'),
  );
  return forged === undefined ? undefined : check('fail', forged.message, { evidence: forged.ref });
}

function absence(input: IdentityInput, eligible: readonly Candidate[]): string {
  if (input.collected === 0) return 'no evidence was found with the model';
  const expired = eligible.find(({ statement }) => statement.trust === 'expired');
  if (expired !== undefined) return expired.statement.message;
  if (eligible.some((entry) => entry.isAncestor && counts(entry))) {
    return 'the only identity statements by a trusted signer are about an ancestor of this model';
  }
  const stranger = eligible.find(({ statement }) => statement.trust === 'untrusted');
  if (stranger !== undefined) return stranger.statement.message;
  const skipped = eligible.find(
    (entry) => counts(entry) && (entry.match.outcome === 'skip' || entry.match.outcome === 'different'),
  );
  if (skipped !== undefined)
    return skipped.match.outcome === 'skip'
      ? skipped.match.message
      : 'the only identity statements are about another model';
  if (saysDataset(input)) return 'what a trusted signer says is that this is a dataset, and no model';
  return 'no identity statement (model.sig or model/v1) by a trusted signer was found';
}

function absenceHint(input: IdentityInput, eligible: readonly Candidate[]): string {
  if (input.collected === 0) return 'give evidence with --signature or --attestations, or ask the publisher for it';
  if (eligible.some(({ statement }) => statement.trust === 'untrusted'))
    return 'check that the key is the one the publisher announced; stemma key show prints the hint of a key';
  if (saysDataset(input)) return 'verify it with stemma dataset verify';
  return 'ask the publisher for an attestation of these bytes';
}

const saysDataset = ({ candidates }: IdentityInput): boolean =>
  candidates.some(
    (entry) =>
      entry.statement.statement.predicateType === DATASET_PREDICATE_TYPE &&
      entry.statement.origin === 'model' &&
      counts(entry) &&
      !entry.isAncestor,
  );
