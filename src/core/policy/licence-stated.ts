import { type Evidence, type LineageGraph, type LineageNode, readingOf } from '../lineage/index.ts';
import { ruleFor } from './ancestors.ts';
import { type BoundPolicy, idsOf } from './bind.ts';
import { revokedIds, standing } from './revoked.ts';

/**
 * Whether the licence of an ancestor is stated by somebody whom the policy asks about that ancestor: else the trainer of a model
 * could say, with the licence of its base, what the publisher of the base never said. What others say can only break a rule.
 */
export function licenceStated(
  policy: BoundPolicy,
  { edges }: LineageGraph,
  evidence: readonly Evidence[],
): (node: LineageNode) => boolean {
  const byId = Map.groupBy(evidence, ({ id }) => id);
  const links = Map.groupBy(
    edges.filter(({ counts }) => counts),
    ({ parent }) => parent,
  );
  const revoked = revokedIds(policy.document);
  return (node) => {
    const leading = links.get(node.id) ?? [];
    const rules = leading.map((link) => ruleFor(policy, link));
    const asked = new Set(
      rules.flatMap((rule) => rule?.requirements ?? []).flatMap(({ signers }) => [...idsOf(signers.anyOf, policy)]),
    );
    // Where a summary stands for it, no rule says who speaks for it; nothing else passes without a rule.
    const isSummed = leading.some((link, i) => rules[i] === undefined && link.outcome === 'pass');
    const speaks = (id: string): boolean => asked.has(id) || isSummed;
    return node.evidence
      .flatMap((id) => byId.get(id) ?? [])
      .some((entry) => readingOf(entry).licences.length > 0 && standing(entry, revoked).some(({ id }) => speaks(id)));
  };
}
