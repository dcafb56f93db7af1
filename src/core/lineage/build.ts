import type { Evidence } from './evidence.ts';
import { EvidenceIndex } from './evidence-index.ts';
import { type Explored, explore, type Start } from './explore.ts';
import type { JudgeAncestor, LineageEdge, LineageGraph, LineageNode, LineageRules, Origin, Outcome } from './graph.ts';
import { type Judged, type JudgedClaim, judgeClaims, leaveClaimed } from './judge-claims.ts';
import type { Place } from './places.ts';
import { generations } from './questions.ts';
import { readingOf } from './reading.ts';

export interface LineageQuestion {
  /** The model, and what the rest of the verification made of it. */
  readonly model: Start & {
    readonly outcome: Outcome;
    readonly message: string;
    readonly signers: readonly string[];
  };
  /** Every statement at hand, judged against the trust root for ancestors; its `signers` are trusted for nothing else. */
  readonly evidence: readonly Evidence[];
  /** Without it ancestors stay claimed. */
  readonly judge?: JudgeAncestor | undefined;
  readonly rules?: LineageRules | undefined;
  /** Generations; the parents of the model are the first. */
  readonly maxDepth: number;
}

/**
 * The lineage of a model (design §5, step 5): every ancestor that signed statements name, each link judged by itself. What nobody
 * trusted says is shown and decides nothing; a link counts when trusted statements lead to it from the model without a gap.
 */
export function buildLineage(question: LineageQuestion): LineageGraph {
  const { model, evidence, judge, rules = {}, maxDepth } = question;
  const index = new EvidenceIndex(evidence);
  const explored = explore(model, index, maxDepth);
  const judged =
    judge === undefined ? leaveClaimed(explored) : judgeClaims(explored, index, { judge, rules, maxDepth });
  const byParent = Map.groupBy(judged.claims, ({ claim }) => claim.parent);
  const isDeep = explored.places.some(({ depth }) => depth > maxDepth);
  return {
    nodes: explored.places.map((place) =>
      place.role === 'model'
        ? modelNode(place, question, judged)
        : ancestorNode(place, byParent.get(place.id) ?? [], explored, judged),
    ),
    edges: judged.claims.map(edgeOf),
    ...(isDeep ? { truncated: `ancestors more than ${generations(maxDepth)} away are not followed` } : {}),
  };
}

function edgeOf({ claim, counts, outcome, message }: JudgedClaim): LineageEdge {
  const { child, parent, relation, evidence, share, attestations, digests, statement, says } = claim;
  return {
    child,
    parent,
    relation,
    evidence,
    ...(share === undefined ? {} : { share }),
    ...(attestations.size === 0 ? {} : { attestations: [...attestations] }),
    digests,
    statement: statement.id,
    says: [...says],
    signer: statement.signer,
    counts,
    outcome,
    message,
  };
}

function modelNode(place: Place, { model }: LineageQuestion, { tainted }: Judged): LineageNode {
  const taint = tainted.get(place.id);
  return {
    ...place,
    outcome: taint === undefined ? model.outcome : 'fail',
    message: taint ?? model.message,
    signers: model.signers,
    licences: [...new Set(model.said.flatMap((each) => readingOf(each).licences))].toSorted(),
    evidence: model.said.map(({ id }) => id),
  };
}

/** Worst first; what is merely claimed says nothing about what is verified. */
const SEVERITY: readonly Outcome[] = ['fail', 'error', 'missing', 'unknown', 'pass', 'skip'];

function ancestorNode(
  place: Place,
  incoming: readonly JudgedClaim[],
  { about }: Explored,
  { tainted }: Judged,
): LineageNode {
  const decisive = incoming.filter(({ counts }) => counts);
  const [worst] = (decisive.length > 0 ? decisive : incoming).toSorted(
    (a, b) => SEVERITY.indexOf(a.outcome) - SEVERITY.indexOf(b.outcome),
  );
  const statements = [...(about.get(place.id) ?? [])];
  const trusted = statements.filter(({ signers }) => signers.length > 0);
  const taint = tainted.get(place.id);
  return {
    ...place,
    ...(worst?.outcome === 'pass' ? { origin: originOf(incoming, trusted) } : {}),
    outcome: taint === undefined ? (worst?.outcome ?? 'skip') : 'fail',
    message: taint ?? worst?.message ?? 'claimed, not verified',
    signers: [...new Set(incoming.flatMap(({ signers }) => signers.map(({ label }) => label)))],
    licences: [...new Set(trusted.flatMap((each) => readingOf(each).licences))].toSorted(),
    evidence: [...new Set(statements.map(({ id }) => id))],
  };
}

function originOf(incoming: readonly JudgedClaim[], trusted: readonly Evidence[]): Origin {
  if (trusted.some((each) => readingOf(each).isOrigin)) return 'stated';
  return incoming.some(({ vouched }) => vouched === true) ? 'vouched' : 'unstated';
}
