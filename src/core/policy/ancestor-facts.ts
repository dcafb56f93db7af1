import { type Evidence, type LineageEdge, type LineageGraph, type LineageNode, readingOf } from '../lineage/index.ts';
import { isNamedBy, type RuledLink, ruleFor } from './ancestor-rule.ts';
import { type BoundPolicy, idsOf } from './bind.ts';
import { revokedIds, standing } from './revoked.ts';

/** What is known of an ancestor by whom the policy asks about that one. */
export interface AncestorFacts {
  isLicenceStated(node: LineageNode): boolean;
  /** Whether it is known what the ancestor was made from, be it nothing; or the policy does not want to know. */
  isOriginKnown(node: LineageNode): boolean;
}

/**
 * What is stated of an ancestor counts where somebody says it whom the policy asks about that ancestor: else the trainer of a model
 * could say, with the licence of its base, or with a base that was made from nothing, what the publisher of the base never said. What
 * others say can only break a rule.
 */
export function ancestorFacts(
  policy: BoundPolicy,
  { edges }: LineageGraph,
  evidence: readonly Evidence[],
): AncestorFacts {
  const byId = Map.groupBy(evidence, ({ id }) => id);
  const links = Map.groupBy(
    edges.filter(({ counts }) => counts),
    ({ parent }) => parent,
  );
  const revoked = revokedIds(policy.document);
  const { origins, stopAt = [] } = policy.document.lineage ?? {};
  const accepted = origins?.accept ?? [];
  const verifiers = idsOf(
    stopAt.flatMap(({ vsa }) => vsa.signers.anyOf),
    policy,
  );
  const linksTo = ({ id, evidence: about }: LineageNode): readonly Leading[] => {
    const statements = about.flatMap((each) => byId.get(each) ?? []);
    return (links.get(id) ?? []).map((link) => ({ ...link, evidence: statements }));
  };
  // Where a summary stands for it and no rule says who else speaks for it, those do who sign summaries; nothing else passes without a rule.
  const isSummed = (leading: readonly Leading[]): boolean =>
    leading.some((link) => link.outcome === 'pass' && ruleFor(policy, link).rule === undefined);
  const isSaid = (leading: readonly Leading[], says: (entry: Evidence) => boolean): boolean => {
    const requirements = leading.flatMap((link) => ruleFor(policy, link).rule?.requirements ?? []);
    const asked = new Set([
      ...requirements.flatMap(({ signers }) => [...idsOf(signers.anyOf, policy)]),
      ...(isSummed(leading) ? verifiers : []),
    ]);
    const speaks = (entry: Evidence): boolean =>
      standing(entry, revoked).some(({ id }) => asked.has(id)) &&
      entry.subjects.some((set) => leading.some((link) => isNamedBy(set, link)));
    return (leading[0]?.evidence ?? []).some((entry) => says(entry) && speaks(entry));
  };
  return {
    isLicenceStated: (node) => isSaid(linksTo(node), (entry) => readingOf(entry).licences.length > 0),
    isOriginKnown: (node) => {
      const leading = linksTo(node);
      return (
        node.origin === 'vouched' ||
        isSummed(leading) ||
        isSaid(leading, (entry) => readingOf(entry).isOrigin) ||
        accepted.some(({ digest }) => leading.some((link) => isNamedBy(digest, link)))
      );
    },
  };
}

type Leading = RuledLink & Pick<LineageEdge, 'outcome'>;
