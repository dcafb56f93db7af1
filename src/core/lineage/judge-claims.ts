import { quote } from '../bytes/index.ts';
import { arrowsInCycles } from './cycles.ts';
import type { EvidenceIndex } from './evidence-index.ts';
import type { Claim, Explored } from './explore.ts';
import type { AncestorVerdict } from './graph.ts';
import type { Place } from './places.ts';
import { isDescent, type JudgeOptions, Questions, verdict } from './questions.ts';

/** A claim, and what came of it. */
export interface JudgedClaim extends AncestorVerdict {
  readonly claim: Claim;
  /** Whether the verdict over the lineage rests on it. */
  readonly counts: boolean;
}

export interface Judged {
  readonly claims: readonly JudgedClaim[];
  /** Why an ancestor or the model itself descends from what is denied, by the id of its node. */
  readonly tainted: ReadonlyMap<string, string>;
}

/** Where nobody is trusted for ancestors, whatever is said of them stays a claim. */
export function leaveClaimed({ claims }: Explored): Judged {
  return {
    claims: claims.map((claim) => ({ claim, counts: false, ...verdict('skip', 'claimed, not verified') })),
    tainted: new Map(),
  };
}

/**
 * Judges every claim. A claim counts when a trusted signer makes it, it is about an ancestor, and claims that count lead from the
 * model to its child: so nobody makes an ancestor, or a denied one, by adding a line.
 */
export function judgeClaims({ places, claims }: Explored, index: EvidenceIndex, options: JudgeOptions): Judged {
  const byId = new Map(places.map((place) => [place.id, place]));
  const questions = new Questions(index, byId, options);
  const { counted, reached } = followTrusted(claims, questions);
  const cyclic = arrowsInCycles([...counted]);
  const tainted = deniedDescent([...counted], questions, byId);
  const evaluations = new Set(
    claims.flatMap(({ relation, says, child, parent }) =>
      relation === 'evaluation' && says.size > 0 && reached.has(child) ? [parent] : [],
    ),
  );
  const judge = (claim: Claim): JudgedClaim => {
    const { relation, says, child, parent } = claim;
    const counts = counted.has(claim);
    if (cyclic.has(claim)) return { claim, counts, ...verdict('fail', cycleText(claim, byId)) };
    if (counts) {
      const { verdict: own, denied } = questions.ask(claim);
      const taint = denied === undefined ? tainted.get(parent) : undefined;
      return { claim, counts, ...(taint === undefined ? own : verdict('fail', taint)) };
    }
    const isMeasured = relation === 'evaluated-on' && (reached.has(child) || evaluations.has(child));
    if (isMeasured && says.size > 0) return { claim, counts, ...questions.ask(claim).verdict };
    return { claim, counts, ...verdict('skip', skipped(claim)) };
  };
  return { claims: claims.map(judge), tainted };
}

function skipped({ relation, says }: Claim): string {
  if (!isDescent(relation) && relation !== 'evaluated-on') return 'claimed, not verified';
  return says.size > 0
    ? 'claimed; nothing that counts leads to it from the model'
    : 'claimed by a signer who is not trusted for it';
}

function cycleText({ child, parent }: Claim, byId: ReadonlyMap<string, Place>): string {
  const name = nameOf(parent, byId);
  return child === parent
    ? `${name} is said to be its own parent`
    : `a cycle: ${name} is said to descend from its child`;
}

const nameOf = (id: string, byId: ReadonlyMap<string, Place>): string =>
  quote(byId.get(id)?.name ?? 'an unnamed ancestor', 120);

/** Breadth first from the model, not beyond what is stopped at. */
function followTrusted(
  claims: readonly Claim[],
  questions: Questions,
): { readonly counted: ReadonlySet<Claim>; readonly reached: ReadonlySet<string> } {
  const from = Map.groupBy(
    claims.filter(({ says, relation }) => says.size > 0 && isDescent(relation)),
    ({ child }) => child,
  );
  const counted = new Set<Claim>();
  // A set grows while it is gone through, and holds each node once.
  const reached = new Set(['n0']);
  for (const child of reached) {
    for (const claim of from.get(child) ?? []) {
      counted.add(claim);
      if (!questions.ask(claim).stopped) reached.add(claim.parent);
    }
  }
  return { counted, reached };
}

/** What is denied, and all that descends from it. */
function deniedDescent(
  counted: readonly Claim[],
  questions: Questions,
  byId: ReadonlyMap<string, Place>,
): ReadonlyMap<string, string> {
  const children = Map.groupBy(counted, ({ parent }) => parent);
  const tainted = new Map<string, string>();
  for (const claim of counted) {
    const { denied } = questions.ask(claim);
    if (denied === undefined || tainted.has(claim.parent)) continue;
    tainted.set(claim.parent, `denied: ${denied}`);
    const reason = `descends from ${nameOf(claim.parent, byId)}, which is denied: ${denied}`;
    const queue = [claim.parent];
    for (const node of queue) {
      for (const { child } of children.get(node) ?? []) {
        if (tainted.has(child)) continue;
        tainted.set(child, reason);
        queue.push(child);
      }
    }
  }
  return tainted;
}
