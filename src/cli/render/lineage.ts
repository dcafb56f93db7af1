import type { Report } from '../../core/verify/index.ts';
import { SYMBOLS } from './checks.ts';
import { shortenDigests, verdictLine } from './human.ts';
import { renderJson } from './json.ts';
import { lineageTree } from './lineage-tree.ts';
import { type Look, name, paint, prose, shortHex } from './text.ts';

/** The tree of a model's ancestors for people: what the model is, a line for each link, hints, and last the verdict. */
export function renderLineageTree(report: Report, look: Look): string {
  const { lineage, checks, warnings } = report;
  const hints = new Set(
    checks.flatMap(({ step, required, outcome, hint }) =>
      step === 'lineage' && required && outcome !== 'pass' && hint !== undefined ? [hint] : [],
    ),
  );
  const text = [
    modelLine(report, look),
    ...lineageTree(lineage, look),
    '',
    ...[...hints].map((hint) => `hint: ${prose(hint)}`),
    ...warnings.map((warning) => `warning: ${prose(warning)}`),
    verdictLine(report, look),
  ].join('\n');
  return `${shortenDigests(text, look)}\n`;
}

/** The graph for programs, with the verdict; its members are those of the report. */
export function renderLineageJson({ subject, mode, result, verdict, lineage }: Report): string {
  return renderJson({ name: subject.name, mode, result, verdict, ...lineage });
}

function modelLine({ subject, mode, lineage: { nodes } }: Report, look: Look): string {
  const [model] = nodes;
  // Without bytes nothing was recomputed: the digests are those that were signed, or asked about.
  const known = mode === 'evidence-only' ? (model?.digests ?? {}) : subject.digests;
  const digests = Object.entries(known).map(([key, hex]) => `  ${name(key)} ${shortHex(hex, look)}`);
  const title = `${paint(look, 'bold', name(subject.name))}${digests.slice(0, 1).join('')}`;
  if (model === undefined) return title;
  const { unicode, ascii, tone } = SYMBOLS[model.outcome];
  return `${title}  ${paint(look, tone, `${look.unicode ? unicode : ascii.trim()} ${prose(model.message, 300)}`)}`;
}
