import type { CheckedCheckpoint, LogCheckReport } from '../../core/log/index.ts';
import { SYMBOLS } from './checks.ts';
import { count, cutLines, formatBytes, type Look, name, paint, prose, shortHex } from './text.ts';

/** What became of each checkpoint, and last the verdict. */
export function renderLogCheck(
  { log, origin, checkpoints, proof, result, verdict }: LogCheckReport,
  look: Look,
): string {
  const bytes = log.bytes === undefined ? '' : `${formatBytes(log.bytes)}, `;
  const size = `${count(log.records, 'record')}, ${bytes}root ${shortHex(log.root, look)}`;
  const shown = look.verbose ? checkpoints : checkpoints.filter(({ outcome }) => outcome !== 'skip');
  const skipped = look.verbose ? [] : checkpoints.filter(({ outcome }) => outcome === 'skip');
  const others = skipped.filter((checked) => checked.origin !== origin).length;
  const between = skipped.length - others;
  const { unicode, tone } =
    SYMBOLS[result === 'pass' ? 'pass' : result === 'fail' ? 'fail' : result === 'incomplete' ? 'missing' : 'error'];
  return [
    `${paint(look, 'bold', name(log.name))}  ${size}`,
    ...(origin === undefined ? [] : [`checkpoints of ${name(origin)}`]),
    ...cutLines(
      shown.map((checked) => checkpointLine(checked, look)),
      'checkpoint',
      look,
    ),
    ...(between > 0
      ? [`and ${count(between, 'checkpoint')} of this log, not compared: the proof is not from there`]
      : []),
    ...(others > 0 ? [`and ${count(others, 'checkpoint')} of other logs`] : []),
    ...(proof === undefined ? [] : [`wrote ${name(proof.file)}: ${proof.to} records begin with ${proof.from}`]),
    '',
    paint(look, tone, `${look.unicode ? `${unicode} ` : ''}${result.toUpperCase()}: ${prose(verdict)}`),
  ].join('\n');
}

function checkpointLine({ number, outcome, message, signer }: CheckedCheckpoint, look: Look): string {
  const { unicode, ascii, tone } = SYMBOLS[outcome];
  const by = signer === undefined ? '' : ` (signed by ${name(signer.trustedAs)})`;
  return `${paint(look, tone, look.unicode ? unicode : ascii)} ${number}: ${prose(message)}${by}`;
}
