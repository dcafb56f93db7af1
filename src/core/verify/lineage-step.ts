import { compareDigestSets, type DigestSet, sha256 } from '../digest/index.ts';
import {
  buildLineage,
  type JudgeAncestor,
  judgeIdentity,
  type Evidence as LineageEvidence,
  type LineageGraph,
  readingOf,
} from '../lineage/index.ts';
import type { ModelListing } from '../model/index.ts';
import { subjectSets } from './checks/ancestors.ts';
import { type Candidate, observedDigests } from './checks/candidate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import { isIdentity } from './checks/contradiction.ts';
import { lineageChecks } from './checks/lineage.ts';
import type { Compared } from './compare-with-bytes.ts';
import type { Evidence } from './gather-evidence.ts';
import { believedEvidence, claimedEvidence, judgedAnew } from './lineage-evidence.ts';
import { type AncestorOptions, DEFAULT_MAX_DEPTH } from './lineage-options.ts';
import type { Check } from './report.ts';
import { unreadSources } from './requirements.ts';

export interface LineageStep {
  readonly graph: LineageGraph;
  readonly checks: readonly Check[];
  /** Every statement, judged for ancestors. */
  readonly evidence: readonly LineageEvidence[];
}

/** What was verified, and which believed statements are about it. */
interface Verified {
  readonly listing: Pick<ModelListing, 'name' | 'kind'>;
  /** What was recomputed. */
  readonly observed: DigestSet;
  /** By what else it is known: without bytes nothing is recomputed. */
  readonly known?: readonly DigestSet[];
  readonly own: readonly ClassifiedStatement[];
  /** Says whether it is what was signed, by whom. */
  readonly identity: Check;
  readonly signers: readonly string[];
}

interface LineageStepOptions {
  readonly ancestors?: AncestorOptions | undefined;
  readonly maxDepth?: number | undefined;
  /** Every statement, in order, as the signers of a policy make it: they say as well what the model was made from. */
  readonly judged?: readonly LineageEvidence[] | undefined;
  readonly at: Date;
}

/** Step 5 of design §5 for a model whose bytes have been compared with every statement. */
export function modelLineage(
  gathered: Evidence,
  { candidates, context: { listing } }: Compared,
  identity: Check,
  options: LineageStepOptions,
): Promise<LineageStep> {
  const observed = observedDigests(candidates);
  const { judged } = options;
  const isBelieved = ({ statement }: Candidate, i: number): boolean =>
    statement.trust === 'trusted' || statement.trust === 'unauthenticated' || (judged?.[i]?.signers.length ?? 0) > 0;
  const own = candidates.filter(
    (entry, i) => isBelieved(entry, i) && isAbout(entry, observed, listing.kind === 'file'),
  );
  const vouching = candidates.filter(({ match, statement }) => match.outcome === 'match' && isIdentity(statement));
  return lineageStep(
    gathered,
    {
      listing,
      observed,
      own: own.map(({ statement }) => statement),
      identity,
      signers: labelsOf(vouching.map(({ statement }) => statement)),
    },
    options,
  );
}

/**
 * Step 5 of design §5. What something came from is what believed statements about its bytes say; what its ancestors are, and came
 * from in turn, is judged against the trust root for ancestors alone.
 *
 * @throws StemmaError TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE
 */
export async function lineageStep(
  { statements, collected, others, fetches }: Evidence,
  { listing: { name, kind }, observed, known = [], own, identity, signers }: Verified,
  { ancestors, maxDepth = DEFAULT_MAX_DEPTH, judged, at }: LineageStepOptions,
): Promise<LineageStep> {
  const evidence =
    judged ??
    (ancestors === undefined
      ? claimedEvidence(statements)
      : await judgedAnew(statements, { trust: ancestors.trust, at }));
  const said = judged === undefined ? believedEvidence(own) : saidByEither(own, statements, judged);
  const graph = buildLineage({
    model: {
      name,
      digests: observed,
      sets: [observed, ...known, ...own.flatMap((entry) => subjectSets(entry, sha256))],
      sha256Binds: kind === 'file',
      said,
      outcome: identity.outcome,
      message: identity.message,
      signers,
    },
    evidence,
    ...(ancestors === undefined ? {} : { judge: ancestors.judge ?? judgeByIdentity, rules: ancestors.rules }),
    maxDepth,
  });
  const refs = new Map(statements.map(({ ref }) => [ref.pae, ref]));
  const failed = new Map(fetches.map(({ uri, error }) => [uri, error]));
  const { malformed, unavailable } = unreadSources(collected);
  const checks = lineageChecks({
    graph,
    asked: ancestors !== undefined,
    byPolicy: judged !== undefined,
    isTold: said.some((each) => readingOf(each).isOrigin),
    malformed: malformed ?? others.find(({ trust }) => trust === 'malformed')?.message,
    unavailable,
    ref: (id) => refs.get(id),
    unfetched: (uri) => failed.get(uri),
  });
  return { graph, checks, evidence };
}

/** Signed by somebody who is trusted for the model, by somebody of the policy, or by both. */
function saidByEither(
  own: readonly ClassifiedStatement[],
  statements: readonly ClassifiedStatement[],
  judged: readonly LineageEvidence[],
): LineageEvidence[] {
  const byStatement = new Map(statements.map((statement, i) => [statement, judged[i]]));
  return believedEvidence(own).map((said, i) => {
    const policy = byStatement.get(own[i] as ClassifiedStatement);
    const signers = [...(policy?.signers ?? []), ...said.signers];
    return { ...said, signers: [...new Map(signers.map((each) => [each.id, each])).values()] };
  });
}

export const labelsOf = (statements: readonly ClassifiedStatement[]): string[] => [
  ...new Set(statements.flatMap(({ signers }) => signers.map(({ label }) => label))),
];

const judgeByIdentity: JudgeAncestor = (ancestor) => judgeIdentity(ancestor);

/**
 * Whether a believed statement is about the bytes at hand. One that was set aside, because a link leads to it as to an ancestor, was
 * not compared with them; that it is about them all the same is how a cycle shows. Nor was one by whom a policy alone believes.
 */
function isAbout({ statement, match }: Candidate, observed: DigestSet, isFile: boolean): boolean {
  if (match.outcome === 'match') return true;
  const { kind } = statement.content;
  if (match.outcome !== 'skip' || (kind !== 'provenance' && kind !== 'evaluation')) return false;
  return subjectSets(statement, sha256).some((set) => {
    const { kind } = compareDigestSets(set, observed, isFile);
    return kind === 'match' || kind === 'names-not-bound';
  });
}
