import type { Picture, State } from './lineage-picture.ts';

const CLASSES: Readonly<Record<State, string>> = {
  verified: 'fill:#e8f5e9,stroke:#2e7d32,color:#1b1b1b',
  failed: 'fill:#ffebee,stroke:#c62828,color:#1b1b1b,stroke-width:2px',
  undecided: 'fill:#fff8e1,stroke:#b26a00,color:#1b1b1b',
  claimed: 'fill:#f5f5f5,stroke:#757575,color:#1b1b1b,stroke-dasharray:4 3',
};

/** A lineage as a Mermaid flowchart, which Git hosts draw in Markdown. */
export function renderMermaid({ title, verdict, boxes, arrows, notes }: Picture): string {
  const links = arrows.map(({ from, to, label, state }) => {
    const line = state === 'claimed' ? '-.->' : '-->';
    return `  ${from} ${line}|"${text(label)}"| ${to}`;
  });
  return [
    ...[title, verdict, ...notes].map((line) => `%% ${comment(line)}`),
    'flowchart LR',
    ...boxes.map(({ id, lines, state }) => `  ${id}["${lines.map(text).join('<br/>')}"]:::${state}`),
    ...links,
    ...Object.entries(CLASSES).map(([state, style]) => `  classDef ${state} ${style}`),
    '',
  ].join('\n');
}

/** Everything but letters, digits, spaces and a few marks as an entity code: nothing in a name ends a label, or is markup in it. */
const text = (line: string): string => line.replaceAll(/[^\p{L}\p{N} .,_/-]/gu, (mark) => `#${mark.codePointAt(0)};`);

/** A directive is a comment that begins with a brace. */
const comment = (line: string): string => line.replaceAll(/[{}]/g, '');
