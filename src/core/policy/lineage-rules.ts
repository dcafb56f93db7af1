import type { LineageEdge, LineageGraph, LineageNode } from '../lineage/index.ts';
import type { AncestorFacts } from './ancestor-facts.ts';
import { isLicenceAccepted } from './licence.ts';
import type { PolicyOutcome, PolicyReason, RequirementResult } from './result.ts';
import type { LineageRulesDocument } from './schema-lineage.ts';

const LEVELS = ['declared', 'observed', 'hermetic'] as const;
/** A message names this many ancestors; the graph has them all. */
const MAX_NAMED = 5;

interface Finding {
  readonly outcome: PolicyOutcome;
  readonly text: string;
}

/**
 * The rules of `lineage` over the graph, each over everything in it, so that one run names all that is wrong.
 *
 * @param hasProvenance whether somebody who speaks for the model says how it came to be: without that, no parents is no finding but
 * a line that somebody removed
 * @param facts what somebody says of an ancestor who is asked about that one
 */
export function judgeLineage(
  rules: LineageRulesDocument,
  graph: LineageGraph,
  hasProvenance: boolean,
  facts: AncestorFacts,
): readonly RequirementResult[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  // What a stranger adds to the file must neither satisfy a rule nor break one. A link back to the model itself is one that fails.
  const links = graph.edges.filter(({ counts }) => counts);
  const reached = new Set(links.map(({ parent }) => parent));
  const ancestors = graph.nodes.filter(({ id, role }) => reached.has(id) && role !== 'model');
  const results: RequirementResult[] = [];
  const add = (
    id: string,
    reason: PolicyReason,
    needed: string,
    findings: readonly Finding[],
    passed: string,
  ): void => {
    const worst = (['fail', 'unknown', 'missing'] as const).find((outcome) =>
      findings.some((finding) => finding.outcome === outcome),
    );
    const base = { id: `lineage-${id}`, needed, evidence: [] };
    if (worst !== undefined) results.push({ ...base, outcome: worst, reason, message: summarise(findings, worst) });
    else if (!hasProvenance) {
      const message =
        'nobody whom the policy asks for it signs what these bytes were made from: their parents are not known';
      results.push({ ...base, outcome: 'missing', reason: 'no-provenance', message });
    } else if (graph.truncated !== undefined)
      results.push({ ...base, outcome: 'unknown', reason, message: `not all of it was followed: ${graph.truncated}` });
    // What is only warned of comes last: it must not stand in for not knowing the parents at all.
    else if (findings.length > 0)
      results.push({ ...base, outcome: 'skip', reason, message: summarise(findings, 'skip') });
    else results.push({ ...base, outcome: 'pass', reason: 'satisfied', message: passed });
  };
  const count = `${ancestors.length} ancestor${ancestors.length === 1 ? '' : 's'}`;

  const unverified = links.filter(({ outcome }) => outcome !== 'pass');
  add(
    'parents',
    'parent',
    'evidence of each ancestor, by signers that lineage.ancestors names',
    unverified.map((edge) => parentFinding(edge, nodes, rules.unknownParent)),
    `${count} verified`,
  );
  const { maxDepth, allow, licences, origins, evidence } = rules;
  if (maxDepth !== undefined) {
    const deep = ancestors.filter(({ depth }) => depth > maxDepth);
    const say = (node: LineageNode): Finding => fail(`${label(node)} is ${node.depth} links away`);
    add('depth', 'depth', `no ancestor more than ${maxDepth} links away`, deep.map(say), `${count} within ${maxDepth}`);
  }
  if (allow !== undefined) {
    const allowed: readonly string[] = allow.relations;
    const others = links.filter(({ relation }) => !allowed.includes(relation));
    const say = (edge: LineageEdge): Finding => fail(`${edge.relation} ${label(nodes.get(edge.parent))}`);
    add('relations', 'relation', `only ${allowed.join(', ')}`, others.map(say), 'every relation is allowed');
  }
  if (evidence !== undefined) {
    const least = LEVELS.indexOf(evidence);
    const weak = links.filter((edge) => LEVELS.indexOf(edge.evidence) < least);
    const say = (edge: LineageEdge): Finding => fail(`${label(nodes.get(edge.parent))} is ${edge.evidence} only`);
    add('evidence', 'evidence-level', `every link ${evidence}`, weak.map(say), `every link is ${evidence}`);
  }
  if (origins !== undefined) {
    const outcome = origins.unstated === 'warn' ? 'skip' : 'missing';
    const unstated = ancestors.filter((node) => !facts.isOriginKnown(node));
    const say = (node: LineageNode): Finding => ({ outcome, text: originText(node) });
    add('origins', 'origin', ORIGIN_NEED, unstated.map(say), `the origins of ${count} are stated`);
  }
  if (licences !== undefined) {
    const findings = ancestors.flatMap((node) => licenceFindings(node, licences, facts.isLicenceStated(node)));
    add('licences', 'licence', licenceNeed(licences), findings, `the licences of ${count} are accepted`);
  }
  return results;
}

const ORIGIN_NEED =
  'provenance of each ancestor by a signer whom its rule in lineage.ancestors names, or its digest in lineage.origins.accept';

function originText(node: LineageNode): string {
  const who = node.origin === 'stated' ? 'nobody who is asked about it' : 'nobody';
  return `origin unstated: ${who} says what ${label(node)} was made from`;
}

const fail = (text: string): Finding => ({ outcome: 'fail', text });

const label = (node: LineageNode | undefined): string =>
  node === undefined
    ? 'an ancestor'
    : `${node.role} ${JSON.stringify(node.name ?? Object.values(node.digests)[0] ?? '')}`;

function parentFinding(
  edge: LineageEdge,
  nodes: ReadonlyMap<string, LineageNode>,
  unknownParent: LineageRulesDocument['unknownParent'],
): Finding {
  const text = `${label(nodes.get(edge.parent))}: ${edge.message}`;
  // A contradiction is none that a warning would do for.
  if (edge.outcome === 'fail') return fail(text);
  const undecided = edge.outcome === 'missing' ? 'missing' : 'unknown';
  return { outcome: unknownParent === 'warn' ? 'skip' : undecided, text };
}

function licenceFindings(
  node: LineageNode,
  terms: NonNullable<LineageRulesDocument['licences']>,
  isStated: boolean,
): readonly Finding[] {
  const outcome = terms.unstated === 'warn' ? 'skip' : 'missing';
  const who = node.licences.length === 0 ? 'nobody' : 'nobody who is asked about it';
  return [
    ...(isStated ? [] : [{ outcome, text: `${who} states the licence of ${label(node)}` } as const]),
    ...node.licences
      .filter((expression) => !isLicenceAccepted(expression, terms))
      .map((expression) => fail(`${label(node)} is under ${expression}`)),
  ];
}

const licenceNeed = ({ allow, deny }: NonNullable<LineageRulesDocument['licences']>): string =>
  [
    ...(allow === undefined ? [] : [`each ancestor under ${allow.join(' or ')}`]),
    ...(deny === undefined ? [] : [`no ancestor under ${deny.join(' or ')}`]),
  ].join(', ');

function summarise(findings: readonly Finding[], worst: PolicyOutcome): string {
  const texts = findings.filter(({ outcome }) => outcome === worst).map(({ text }) => text);
  const more = texts.length - MAX_NAMED;
  return `${texts.slice(0, MAX_NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
