import type { Picture, State } from './lineage-picture.ts';

const STYLES: Readonly<Record<State, string>> = {
  verified: 'color="#2e7d32" fillcolor="#e8f5e9" style="rounded,filled"',
  failed: 'color="#c62828" fillcolor="#ffebee" style="rounded,filled" penwidth=2',
  undecided: 'color="#b26a00" fillcolor="#fff8e1" style="rounded,filled"',
  claimed: 'color="#757575" fillcolor="#f5f5f5" style="rounded,filled,dashed"',
};
const LINES: Readonly<Record<State, string>> = {
  verified: 'color="#2e7d32"',
  failed: 'color="#c62828" penwidth=2',
  undecided: 'color="#b26a00"',
  claimed: 'color="#757575" style=dashed',
};

/** A lineage in the language of Graphviz. */
export function renderDot({ title, verdict, boxes, arrows, notes }: Picture): string {
  return [
    'digraph lineage {',
    `  graph [rankdir=LR label=${quoted([title, verdict, ...notes])} labelloc=t fontname="sans-serif"]`,
    '  node [shape=box fontname="sans-serif" fontsize=11]',
    '  edge [fontname="sans-serif" fontsize=10]',
    ...boxes.map(({ id, lines, state }) => `  ${id} [label=${quoted(lines)} ${STYLES[state]}]`),
    ...arrows.map(({ from, to, label, state }) => `  ${from} -> ${to} [label=${quoted([label])} ${LINES[state]}]`),
    '}',
    '',
  ].join('\n');
}

/** Graphviz reads `\N` and its like in a label, and HTML entities: a backslash and an ampersand stand for themselves. */
const quoted = (lines: readonly string[]): string =>
  `"${lines.map((line) => line.replaceAll('&', '&amp;').replaceAll(/[\\"]/g, String.raw`\$&`)).join(String.raw`\n`)}"`;
