import { quote } from '../../bytes/index.ts';
import type { StemmaError } from '../../errors/index.ts';
import { COMPANIONS, type LineageEdge, type LineageGraph } from '../../lineage/index.ts';
import type { Check, EvidenceRef } from '../report.ts';
import { outcomeOf } from './online.ts';

export interface LineageFindings {
  readonly graph: LineageGraph;
  /** Whether somebody is trusted for ancestors. */
  readonly asked: boolean;
  /** A policy decides, by its own rules: the links then only explain. */
  readonly byPolicy: boolean;
  /** Whether a believed statement about these bytes says what the model was made from, be it nothing. */
  readonly isTold: boolean;
  /** What kept a source of evidence from being read: what an ancestor lacks may lie in it. */
  readonly malformed: string | undefined;
  readonly unavailable: string | undefined;
  /** Why the evidence at this place could not be fetched; undefined where it was, and where nobody asked. */
  unfetched(uri: string): StemmaError | undefined;
  /** Where the statement with this id was found. */
  ref(id: string): EvidenceRef | undefined;
}

/**
 * Step 5 of design §5. Where somebody is trusted for ancestors, one required check for each link that counts; and one where there is
 * none, because a lineage that nobody signed is not verified by finding nothing wrong with it.
 */
export function lineageChecks(findings: LineageFindings): Check[] {
  const { graph, asked } = findings;
  if (!asked) return [claimedCheck(graph)];
  const names = new Map(graph.nodes.map(({ id, name }) => [id, quote(name ?? 'unnamed', 80)]));
  const counted = graph.edges.filter(({ counts }) => counts);
  const measured = graph.edges.filter(
    ({ counts, relation, outcome }) => isMeasured(relation) && !counts && outcome !== 'skip',
  );
  return [
    ...(counted.length === 0 ? [originCheck(findings)] : []),
    ...counted.map((edge) => edgeCheck(edge, 'lineage.ancestor', names, findings)),
    ...unstatedChecks(graph, counted, names),
    ...measured.map((edge) => edgeCheck(edge, 'lineage.evaluated-on', names, findings)),
  ];
}

const isMeasured = (relation: LineageEdge['relation']): boolean => relation === 'evaluated-on';

function claimedCheck({ nodes, edges }: LineageGraph): Check {
  const own = new Set([nodes[0]?.id, ...nodes.filter(({ role }) => role === 'evaluation').map(({ id }) => id)]);
  const parents = edges.filter(
    ({ child, relation }) => own.has(child) && !COMPANIONS.some((each) => each === relation),
  );
  const n = parents.length;
  return {
    id: 'lineage.ancestors',
    step: 'lineage',
    title: 'ancestors',
    outcome: 'skip',
    required: false,
    message:
      n === 0 ? 'no lineage is claimed' : `${n} parent${n === 1 ? ' is' : 's are'} claimed by the signer, not verified`,
  };
}

function originCheck(findings: LineageFindings): Check {
  const required = !findings.byPolicy;
  const base = { id: 'lineage.ancestors', step: 'lineage', title: 'ancestors', required } as const;
  if (findings.isTold) return { ...base, outcome: 'pass', message: 'its signed provenance names no parent' };
  return {
    ...base,
    ...absent(
      'no provenance of these bytes by a trusted signer was found: what they were made from is not known',
      findings,
    ),
    hint: 'ask the publisher for it, or verify without --ancestor-key: nothing is then said about ancestors',
  };
}

/** Whoever holds the folder can take out the provenance of an ancestor: then the chain ends there, and nothing contradicts. */
function unstatedChecks(
  { nodes }: LineageGraph,
  counted: readonly LineageEdge[],
  names: ReadonlyMap<string, string>,
): Check[] {
  const ancestors = new Set(counted.map(({ parent }) => parent));
  return nodes
    .filter(({ id, origin }) => origin === 'unstated' && ancestors.has(id))
    .map(({ id }) => ({
      id: 'lineage.origin',
      step: 'lineage',
      title: `origin of ${names.get(id)}`,
      outcome: 'missing',
      required: false,
      message: 'origin unstated: nobody trusted says what it was made from, so that it may have further ancestors',
    }));
}

/** Evidence not had because a source of it could not be read is no mere absence (design §5). */
function absent(
  message: string,
  { malformed, unavailable }: LineageFindings,
): Pick<Check, 'outcome' | 'errorClass' | 'message'> {
  if (malformed !== undefined)
    return { outcome: 'error', errorClass: 'malformed', message: `${message}; ${malformed}` };
  if (unavailable !== undefined)
    return { outcome: 'error', errorClass: 'unavailable', message: `${message}; ${unavailable}` };
  return { outcome: 'missing', message };
}

function edgeCheck(
  edge: LineageEdge,
  id: string,
  names: ReadonlyMap<string, string>,
  findings: LineageFindings,
): Check {
  const { child, parent, relation, statement, counts, outcome, message } = edge;
  const evidence = findings.ref(statement);
  return {
    id,
    step: 'lineage',
    title: `${names.get(child)} ${relation} ${names.get(parent)}`,
    required: counts && !findings.byPolicy,
    ...(outcome === 'missing' ? missing(edge, findings) : { outcome, message }),
    ...(outcome === 'missing' && !findings.byPolicy ? { hint: hintOf(edge, findings) } : {}),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** By what became of the evidence of this very parent, where it was asked for. */
function missing(
  { attestations = [], message }: LineageEdge,
  findings: LineageFindings,
): Pick<Check, 'outcome' | 'errorClass' | 'message'> {
  const failure = attestations.map((uri) => findings.unfetched(uri)).find((error) => error !== undefined);
  if (failure === undefined) return absent(message, findings);
  const why = `${message}; its evidence was not fetched: ${failure.message}`;
  const found = outcomeOf(failure);
  return found.outcome === 'missing' ? absent(why, findings) : { ...found, message: why };
}

/** Where nothing about the parent is at hand, and the link says where it is. */
function hintOf({ parent, attestations = [] }: LineageEdge, findings: LineageFindings): string {
  const isTold = findings.graph.nodes.some(({ id, evidence }) => id === parent && evidence.length > 0);
  const isAsked = attestations.some((uri) => findings.unfetched(uri) !== undefined);
  if (isTold || isAsked || attestations.length === 0) return HINT;
  return `${HINT}; the link says where they are on IPFS: --online --gateway URL fetches them`;
}

const HINT =
  'name its publisher with --ancestor-key, and give its attestations with --attestations where they did not come with the model';
