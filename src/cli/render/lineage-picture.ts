import type { LineageEdge, LineageNode, Outcome } from '../../core/lineage/index.ts';
import type { Report } from '../../core/verify/index.ts';
import { shortest } from './lineage-span.ts';
import { count, name, prose } from './text.ts';

/** What a node or an arrow is drawn as; every one has words as well, so that colour alone says nothing. */
export type State = 'verified' | 'failed' | 'undecided' | 'claimed';

/** A box: lines of escaped text, the first its title. */
export interface Box {
  readonly id: string;
  readonly lines: readonly string[];
  readonly state: State;
  readonly isModel: boolean;
  /** Everything that was cut from the lines. */
  readonly detail: string;
}

/** From a child to what it came from. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly state: State;
}

/** A lineage as boxes and arrows, all text escaped as for a terminal; each format escapes it once more for itself. */
export interface Picture {
  readonly title: string;
  readonly verdict: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** What is not shown, in words. */
  readonly notes: readonly string[];
}

export interface PictureOptions {
  /** Also what an observed run has hundreds of. */
  readonly verbose: boolean;
  readonly maxBoxes: number;
  readonly maxArrows: number;
  /** Layers that the arrows may cross, all together. */
  readonly maxSpan: number;
}

export const STATES: Readonly<Record<Outcome, State>> = {
  pass: 'verified',
  fail: 'failed',
  error: 'failed',
  missing: 'undecided',
  unknown: 'undecided',
  skip: 'claimed',
};

/** Shown in full view alone. */
export const DETAILS: readonly LineageNode['role'][] = ['input', 'environment'];

/** Those nearest to the model where there are too many to draw. */
export function pictureOf({ subject, verdict, lineage }: Report, options: PictureOptions): Picture {
  const { verbose, maxBoxes } = options;
  const wanted = lineage.nodes.filter(({ role }) => verbose || !DETAILS.includes(role));
  const drawn = wanted.toSorted((a, b) => a.depth - b.depth).slice(0, maxBoxes);
  const ids = new Set(drawn.map(({ id }) => id));
  const between = Map.groupBy(
    lineage.edges.filter(({ child, parent }) => ids.has(child) && ids.has(parent)),
    ({ child, parent }) => `${child} ${parent}`,
  );
  const saying = Map.groupBy(lineage.edges, ({ parent }) => parent);
  const boxes = drawn.map((node) => boxOf(node, saying.get(node.id) ?? []));
  const all = [...between.values()].map(arrowOf);
  const arrows = shortest(all, boxes, options);
  const hidden = lineage.nodes.length - wanted.length;
  const far = wanted.length - drawn.length;
  const notes = [
    ...(lineage.truncated === undefined ? [] : [prose(lineage.truncated)]),
    ...(hidden === 0 ? [] : [`${count(hidden, 'input')} and environments are shown with --verbose`]),
    ...(far === 0 ? [] : [`${far} more, further from the model, are not drawn`]),
    ...(arrows.length === all.length ? [] : [`not drawn: ${count(all.length - arrows.length, 'arrow')}, the longest`]),
    ...(far === 0 && arrows.length === all.length ? [] : ['--format dot, mermaid and json hold all of it']),
  ];
  return {
    title: `Lineage of ${name(subject.name, 80)}`,
    verdict: prose(verdict, 400),
    boxes,
    arrows,
    notes,
  };
}

function boxOf(node: LineageNode, incoming: readonly LineageEdge[]): Box {
  const { id, role, digests, outcome, message, signers, licences } = node;
  const [algorithm = '', hex = ''] = Object.entries(digests)[0] ?? [];
  const digest =
    role === 'evaluation' || hex === '' ? role : `${role}, ${name(algorithm, 24)} ${name(hex.slice(0, 12))}`;
  const status = statusOf(node, incoming);
  const licence = licences.length === 0 ? [] : [`licence ${name(licences.join(', '), 40)}`];
  const all = [node.name ?? 'unnamed', ...Object.entries(digests).map(([key, value]) => `${key} ${value}`), message];
  return {
    id,
    lines: [name(node.name ?? 'unnamed', 40), digest, ...licence, status],
    state: STATES[outcome],
    isModel: role === 'model',
    detail: [...all, ...signers.map((signer) => `signed by ${signer}`)].map((text) => prose(text, 400)).join('\n'),
  };
}

const MARKS: Readonly<Record<State, string>> = { verified: '✔', failed: '✖', undecided: '?', claimed: '' };

function statusOf({ outcome, message, signers, origin }: LineageNode, incoming: readonly LineageEdge[]): string {
  const state = STATES[outcome];
  if (state === 'claimed') {
    const says = new Set(incoming.flatMap((edge) => edge.says));
    return `claimed by ${says.size === 0 ? 'somebody not trusted for it' : name([...says].join(', '), 36)}`;
  }
  if (state === 'verified' && signers.length > 0) {
    const end = origin === 'unstated' ? ', origin unstated' : '';
    return `${MARKS.verified} signed by ${name(signers.join(', '), 36)}${end}`;
  }
  return `${MARKS[state]} ${prose(message, 44)}`;
}

/** The worst of what several statements say between the same two; a claim beside what was verified takes nothing from it. */
const SEVERITY: readonly State[] = ['failed', 'undecided', 'verified', 'claimed'];

function arrowOf(edges: readonly LineageEdge[]): Arrow {
  const [{ child, parent } = { child: '', parent: '' }] = edges;
  const states = new Set(edges.map(({ outcome }) => STATES[outcome]));
  const labels = new Set(edges.map(labelOf));
  return {
    from: child,
    to: parent,
    label: [...labels].slice(0, 3).join(', '),
    state: SEVERITY.find((state) => states.has(state)) ?? 'claimed',
  };
}

const labelOf = ({ relation, share }: LineageEdge): string =>
  share === undefined ? name(relation) : `${name(relation)} ${share / 10_000} %`;
