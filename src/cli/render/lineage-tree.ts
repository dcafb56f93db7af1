import type { LineageEdge, LineageGraph, LineageNode } from '../../core/lineage/index.ts';
import { SYMBOLS } from './checks.ts';
import { type Look, name, paint, prose, shortHex } from './text.ts';

/** Shown in full view alone: an observed run has hundreds of them. */
const DETAILS: readonly LineageNode['role'][] = ['input', 'environment'];

interface Branch {
  readonly edge: LineageEdge;
  readonly indent: string;
  readonly last: boolean;
}

/**
 * The ancestors of a model as a tree for a terminal, one line each: relation, name, digest, and what came of verifying it. A node
 * that several lead to is drawn once with what is above it, and named again elsewhere.
 */
export function lineageTree({ nodes, edges, truncated }: LineageGraph, look: Look): readonly string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const shown = edges.filter(({ parent }) => look.verbose || !DETAILS.includes(byId.get(parent)?.role ?? 'model'));
  const from = Map.groupBy(shown, ({ child }) => child);
  const branches = (child: string, indent: string): Branch[] => {
    const own = from.get(child) ?? [];
    return own.map((edge, i) => ({ edge, indent, last: i === own.length - 1 })).toReversed();
  };
  const lines: string[] = [];
  const drawn = new Set<string>();
  // A stack and no recursion: the depth is whatever the caller allows.
  const stack = branches(nodes[0]?.id ?? '', '');
  for (let branch = stack.pop(); branch !== undefined; branch = stack.pop()) {
    const { edge, indent, last } = branch;
    const isAgain = drawn.has(edge.parent) || edge.parent === nodes[0]?.id;
    drawn.add(edge.parent);
    const [corner, bar] = look.unicode ? [last ? '└─ ' : '├─ ', '│  '] : [last ? '`- ' : '|- ', '|  '];
    const again = isAgain && from.has(edge.parent) ? paint(look, 'dim', ' (drawn above)') : '';
    lines.push(`${indent}${corner}${edgeText(edge, byId.get(edge.parent), look)}${again}`);
    if (!isAgain) stack.push(...branches(edge.parent, `${indent}${last ? '   ' : bar}`));
  }
  return truncated === undefined ? lines : [...lines, prose(truncated)];
}

function edgeText(edge: LineageEdge, node: LineageNode | undefined, look: Look): string {
  const [algorithm = '', hex = ''] = Object.entries(edge.digests)[0] ?? [];
  const title = node?.name === undefined ? '' : ` ${paint(look, 'bold', name(node.name, 200))}`;
  const digest = edge.relation === 'evaluation' ? '' : `  ${name(algorithm)} ${shortHex(hex, look)}`;
  const share = edge.share === undefined ? '' : `  ${edge.share / 10_000} %`;
  const end =
    node?.origin === 'unstated'
      ? paint(look, 'warn', '; origin unstated: nobody trusted says what it was made from')
      : '';
  return `${name(edge.relation)}${title}${digest}${share}  ${statusText(edge, look)}${end}`;
}

function statusText({ outcome, message, says, signer, evidence }: LineageEdge, look: Look): string {
  const who =
    says.length > 0 ? says.map((label) => name(label)).join(', ') : `${name(signer, 100)}, not trusted for it`;
  if (outcome === 'skip') return paint(look, 'dim', `claimed by ${who} (${evidence})`);
  const { unicode, ascii, tone } = SYMBOLS[outcome];
  const words = outcome === 'pass' ? 'verified' : outcome;
  return paint(look, tone, `${look.unicode ? unicode : ascii.trim()} ${words}: ${prose(message, 300)}`);
}
