import { DATASET_PREDICATE_TYPE } from '../attestation/index.ts';
import { compareDigestSets, type DigestSet, sha256 } from '../digest/index.ts';
import type { Evidence as LineageEvidence } from '../lineage/index.ts';
import { fileSet, type ModelListing } from '../model/index.ts';
import type { About, ArtifactKind, PolicyEvidence } from '../policy/index.ts';
import { ancestorStatements, subjectSets } from './checks/ancestors.ts';
import { type Candidate, observedDigests } from './checks/candidate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import { isIdentity } from './checks/contradiction.ts';
import type { Evidence } from './gather-evidence.ts';
import { judgedAnew } from './lineage-evidence.ts';
import type { VerifyOptions } from './options.ts';
import type { LoadedPolicy } from './policy-file.ts';

/** What a policy is held against, and every statement with what comparing it with the bytes came to, in order. */
export interface Artifact {
  readonly kind: ArtifactKind;
  readonly listing: ModelListing;
  readonly candidates: readonly Candidate[];
}

/**
 * Every statement as a policy sees it: who of the policy's own signers signed it, and whether it is about the bytes at hand. Those
 * that nobody is trusted for but the policy were not compared with the bytes; what was recomputed for the others tells.
 *
 * @throws StemmaError TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE
 */
export async function policyEvidence(
  { trust }: LoadedPolicy,
  { statements }: Evidence,
  { kind, candidates, listing }: Artifact,
  { at, ignore }: Pick<VerifyOptions, 'at' | 'ignore'>,
): Promise<readonly PolicyEvidence[]> {
  const judged = await judgedAnew(statements, { trust, at });
  const ancestors = ancestorsFor(statements, judged);
  const matched = candidates.filter(({ match }) => match.outcome === 'match');
  const observed = observedDigests(candidates);
  const { files } = fileSet(listing, { ignored: ignore });
  const coversAll = ({ match }: Candidate): boolean => files.find(({ path }) => !match.covered.has(path)) === undefined;
  const [first] = matched;
  const saysWhat = kind === 'model' ? isIdentity : isDatasetStatement;
  // What agrees with the digests of a statement covers what that one covers.
  const observedCoversAll = first !== undefined && coversAll(first);
  return candidates.map((candidate, i) => {
    const entry = judged[i] as LineageEvidence;
    const isAncestor = candidate.isAncestor || ancestors.has(i);
    const about = isAncestor ? ANCESTOR : aboutOf(candidate, observed, listing.kind === 'file');
    const isCompared = candidate.match.outcome === 'match';
    return {
      ...entry,
      ...about,
      coversAll: !saysWhat(candidate.statement) || (isCompared ? coversAll(candidate) : observedCoversAll),
    };
  });
}

/** A line that a provenance by anybody of the policy names as a parent is about that parent, and never about the model (design §5). */
function ancestorsFor(
  statements: readonly ClassifiedStatement[],
  judged: readonly LineageEvidence[],
): ReadonlySet<number> {
  const seen = statements.map(
    (entry, i): ClassifiedStatement =>
      (judged[i]?.signers.length ?? 0) > 0 && entry.trust !== 'trusted' ? { ...entry, trust: 'trusted' } : entry,
  );
  const ancestors = ancestorStatements(seen, sha256);
  return new Set(seen.flatMap((entry, i) => (ancestors.has(entry) ? [i] : [])));
}

type Aboutness = Pick<PolicyEvidence, 'about' | 'aboutMessage'>;

const say = (about: About, aboutMessage: string): Aboutness => ({ about, aboutMessage });

const ANCESTOR = say('other', 'is about an ancestor of this model');

function aboutOf({ statement, match }: Candidate, observed: DigestSet, isFile: boolean): Aboutness {
  if (match.outcome === 'match') return say('artifact', '');
  if (match.outcome === 'different' || match.outcome === 'contradicts')
    return say('other', `is about another artifact: ${match.message}`);
  const kinds = subjectSets(statement, sha256).map((set) => compareDigestSets(set, observed, isFile).kind);
  if (kinds.includes('match')) return say('artifact', '');
  if (kinds.includes('names-not-bound'))
    return say('unbound', 'names not bound: its sha256 of a folder says nothing about file names');
  if (kinds.some((kind) => kind === 'different' || kind === 'contradiction'))
    return say('other', 'is about another artifact');
  return say('unknown', 'cannot be compared with these bytes: no digest in common with what was recomputed');
}

const isDatasetStatement = ({ statement }: ClassifiedStatement): boolean =>
  statement.predicateType === DATASET_PREDICATE_TYPE;
