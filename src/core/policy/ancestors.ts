import { isOmsPredicateType, MODEL_PREDICATE_TYPE } from '../attestation/index.ts';
import { formatDigestSet } from '../digest/pure.ts';
import type { Ancestor, AncestorVerdict, Evidence, JudgeAncestor, LineageRules } from '../lineage/index.ts';
import { ruleFor } from './ancestor-rule.ts';
import { type BoundPolicy, idsOf } from './bind.ts';
import { distinct } from './distinct.ts';
import { isDatasetIdentity, isModelIdentity } from './predicate-kinds.ts';
import { judgeRequirement, type PolicyEvidence } from './requirement.ts';
import { deniedBecause, revokedIds, standing } from './revoked.ts';
import type { AncestorRule } from './schema-lineage.ts';
import { judgeSummaries } from './summaries.ts';

/**
 * How `lineage.ancestors` decides for one ancestor: the first rule that matches; where none does, nobody is trusted for it. What it
 * lacks is said together with why no summary of `stopAt` stands for it.
 */
export function judgeAncestors(policy: BoundPolicy, at: Date): JudgeAncestor {
  return (ancestor) => {
    const verdict = judge(ancestor, policy, at);
    if (verdict.outcome !== 'missing') return verdict;
    const summed = judgeSummaries(ancestor, policy, at);
    if (summed === undefined) return verdict;
    return { ...verdict, outcome: summed.outcome, message: `${verdict.message}; ${summed.message}` };
  };
}

function judge(ancestor: Ancestor, policy: BoundPolicy, at: Date): AncestorVerdict {
  const found = ruleFor(policy, ancestor);
  if (found.rule !== undefined) return judgeByRule(found.rule, ancestor, policy, at);
  if (found.because === 'none')
    return { outcome: 'missing', message: 'no rule of lineage.ancestors is for it: nobody is trusted', signers: [] };
  const message =
    'names not bound: the rule of lineage.ancestors for it names a folder by its sha256 alone, which does not bind file names';
  return { outcome: 'unknown', message, signers: [] };
}

function judgeByRule(
  { requirements }: AncestorRule,
  ancestor: Ancestor,
  policy: BoundPolicy,
  at: Date,
): AncestorVerdict {
  const about = (entry: Evidence, kind: PolicyEvidence['about'], aboutMessage: string): PolicyEvidence => ({
    ...entry,
    about: kind,
    aboutMessage,
    coversAll: true,
  });
  const evidence = [
    ...ancestor.evidence.map((entry) => about(entry, 'artifact', '')),
    ...ancestor.unbound.map((entry) => about(entry, 'unbound', 'matches by sha256 alone: names are not bound')),
    ...ancestor.contradicting.map((entry) => about(entry, 'other', 'is about another artifact')),
  ];
  // A dataset's statement says nothing about a model, nor the reverse (design §5, "Ancestors").
  const saysWhat = ancestor.role === 'dataset' ? isDatasetIdentity : isModelIdentity;
  const results = requirements.map((requirement) => judgeRequirement(requirement, evidence, policy, at));
  const worst = (['fail', 'unknown', 'missing'] as const)
    .map((outcome) => results.find((result) => result.outcome === outcome))
    .find((result) => result !== undefined);
  if (worst !== undefined)
    return { outcome: worst.outcome, message: `${worst.id}: ${worst.message}; needed: ${worst.needed}`, signers: [] };
  if (!requirements.some(saysWhat)) {
    const message = `no requirement of its rule says what a ${ancestor.role} is`;
    return { outcome: 'missing', message, signers: [] };
  }
  const ids = new Set(requirements.filter(saysWhat).flatMap(({ signers }) => [...idsOf(signers.anyOf, policy)]));
  const revoked = revokedIds(policy.document);
  const signers = distinct(
    ancestor.evidence
      .filter(({ statement }) => saysIdentity(statement.predicateType, ancestor.role))
      .flatMap((entry) => standing(entry, revoked))
      .filter(({ id }) => ids.has(id)),
  );
  return {
    outcome: 'pass',
    message: `by ${signers.map(({ label }) => label).join(', ')}, as the policy asks`,
    signers,
  };
}

const saysIdentity = (type: string, role: Ancestor['role']): boolean =>
  isOmsPredicateType(type) || (role === 'dataset' ? type !== MODEL_PREDICATE_TYPE : type === MODEL_PREDICATE_TYPE);

/** What else a policy says about each ancestor: denied ones, and summaries by verifiers that stand for one. */
export function ancestorRules(policy: BoundPolicy, at: Date): LineageRules {
  const revoked = revokedIds(policy.document);
  return {
    denied: (ancestor) => {
      const signed = ancestor.evidence.filter(({ signers }) => signers.length > 0).flatMap(({ subjects }) => subjects);
      const because = deniedBecause(policy.document, [ancestor.digests, ...signed]);
      if (because !== undefined) return `the policy denies ${formatDigestSet(ancestor.digests)}: ${because}`;
      // With another signer left the ancestor stands; with none it is what the revoked key said it was.
      const says = ancestor.evidence.filter(({ statement }) => saysIdentity(statement.predicateType, ancestor.role));
      const entry = says.find(({ signers }) => signers.length > 0);
      const [first] = entry?.signers ?? [];
      if (first === undefined || says.some((each) => standing(each, revoked).length > 0)) return undefined;
      const reason = revoked.get(first.id) ?? revoked.get(`key ${entry?.certifiedKey ?? ''}`) ?? '';
      return `the policy has revoked ${first.label}, who signed for it: ${reason}`;
    },
    stopAt: (ancestor) => {
      const summed = judgeSummaries(ancestor, policy, at);
      return summed?.outcome === 'pass' ? summed : undefined;
    },
  };
}
