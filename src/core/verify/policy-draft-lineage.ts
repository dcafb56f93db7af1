import { DATASET_PREDICATE_TYPE, MODEL_PREDICATE_TYPE, OMS_PREDICATE_TYPE } from '../attestation/index.ts';
import { type Evidence, type LineageNode, readingOf } from '../lineage/index.ts';
import type { SignerNames } from './policy-draft-names.ts';
import type { Report } from './report.ts';
import type { TrustEntry } from './trust.ts';

/** `lineage` of a policy: who vouched for each parent, by the relation that leads there, and who said what it was made from. */
export function draftLineage(
  { lineage: { nodes, edges } }: Report,
  evidence: readonly Evidence[],
  trust: readonly TrustEntry[],
  names: SignerNames,
): Readonly<Record<string, unknown>> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const statedBy = originSigners(evidence);
  const passed = edges.filter(({ outcome }) => outcome === 'pass');
  const accept: object[] = [];
  const ancestors = [...Map.groupBy(passed, ({ relation }) => relation)].map(([relation, links], i) => {
    const parents = [...new Set(links.flatMap(({ parent }) => byId.get(parent) ?? []))];
    const labels = new Set(parents.flatMap(({ signers }) => signers));
    const counted = new Set(links.filter(({ counts }) => counts).map(({ parent }) => parent));
    for (const parent of parents.filter(({ id }) => counted.has(id))) {
      const saying = statedBy(parent);
      if (saying.some((label) => labels.has(label))) continue;
      const reason =
        saying.length === 0
          ? 'nobody said what it was made from when this was written'
          : 'what it was made from is said by another signer than the one who says what it is';
      accept.push({ digest: parent.digests, reason });
    }
    const says = parents.some(({ role }) => role === 'dataset') ? DATASET_PREDICATE_TYPE : MODEL_PREDICATE_TYPE;
    const predicateType = [says, OMS_PREDICATE_TYPE];
    const signers = { anyOf: names.of(trust.filter(({ label }) => labels.has(label))) };
    return { relations: [relation], requirements: [{ id: `ancestor-${i + 1}`, predicateType, signers }] };
  });
  // What a model was evaluated on has its rule, and is no ancestor: depth and relations are about those alone.
  const counted = passed.filter(({ counts }) => counts);
  const maxDepth = Math.max(0, ...counted.map(({ parent }) => byId.get(parent)?.depth ?? 0));
  const relations = [...new Set(counted.map(({ relation }) => relation))];
  return {
    maxDepth,
    ...(relations.length === 0 ? {} : { allow: { relations } }),
    // A stripped chain is shorter than the one that was found, and contradicts nothing.
    origins: { unstated: 'require', ...(accept.length === 0 ? {} : { accept }) },
    ...(ancestors.length === 0 ? {} : { ancestors }),
  };
}

/** Labels of the trusted signers who say what an ancestor was made from. */
function originSigners(evidence: readonly Evidence[]): (node: LineageNode) => readonly string[] {
  const byId = Map.groupBy(evidence, ({ id }) => id);
  return ({ evidence: about }) =>
    about
      .flatMap((id) => byId.get(id) ?? [])
      .filter((entry) => readingOf(entry).isOrigin)
      .flatMap(({ signers }) => signers.map(({ label }) => label));
}
