import type { Check, Outcome, Report } from '../../core/verify/index.ts';
import { changeLines } from './changes.ts';
import { count, formatBytes, type Look, name, paint, prose, shortHex, type Tone } from './text.ts';

const SYMBOLS: Readonly<Record<Outcome, { readonly unicode: string; readonly ascii: string; readonly tone: Tone }>> = {
  pass: { unicode: '✔', ascii: 'ok  ', tone: 'good' },
  fail: { unicode: '✖', ascii: 'FAIL', tone: 'bad' },
  error: { unicode: '✖', ascii: 'ERR ', tone: 'bad' },
  missing: { unicode: '?', ascii: '?   ', tone: 'warn' },
  unknown: { unicode: '?', ascii: '?   ', tone: 'warn' },
  skip: { unicode: '–', ascii: '-   ', tone: 'dim' },
};

/** A verification report for people: steps and checks, what changed, who signed, what was not checked, and last the verdict. */
export function renderHuman(report: Report, look: Look): string {
  const sections = [
    subjectLines(report, look),
    checkLines(report.checks, look),
    titled('Changed', changeLines(report.changes, look), look),
    titled('Signed by', signerLines(report), look),
    titled('Verified', factLines(report.verified, look), look),
    titled('Claimed by the signers, not checked', factLines(report.claimed, look), look),
    titled('Lineage, as claimed', lineageLines(report, look), look),
    titled('Not covered', notCoveredLines(report), look),
    titled(
      'Not checked',
      report.skipped.map((text) => prose(text)),
      look,
    ),
    titled(
      'Warnings',
      report.warnings.map((text) => prose(text)),
      look,
    ),
    titled(
      'From the environment',
      report.environment.map((variable) => name(variable)),
      look,
    ),
    [verdictLine(report, look)],
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
  return `${look.verbose ? text : text.replaceAll(LABELLED_DIGEST, '$1')}\n`;
}

/** `sha256:` and 12 digits of what follows, in sentences and in the names of keys. */
const LABELLED_DIGEST = /\b((?:sha256|sha384|sha512|blake3):[0-9a-f]{12})[0-9a-f]{20,}\b/g;

function titled(title: string, lines: readonly string[], look: Look): readonly string[] {
  return lines.length === 0 ? [] : [paint(look, 'bold', title), ...lines.map((line) => `  ${line}`)];
}

function subjectLines({ subject, mode }: Report, look: Look): readonly string[] {
  const size = `${count(subject.files, 'file')}, ${formatBytes(subject.bytes)}`;
  const digests = Object.entries(subject.digests).map(([key, hex]) => `  ${name(key)} ${shortHex(hex, look)}`);
  return [`${paint(look, 'bold', name(subject.name))}  ${subject.kind}, ${size}, checked as ${mode}`, ...digests];
}

/** The checks under their steps. The short view leaves out what was not asked for. */
function checkLines(checks: readonly Check[], look: Look): readonly string[] {
  const lines: string[] = [];
  let step = '';
  for (const check of checks) {
    if (check.outcome === 'skip' && !look.verbose) continue;
    if (check.step !== step) lines.push(paint(look, 'bold', check.step));
    step = check.step;
    lines.push(...checkText(check, look));
  }
  return lines;
}

function checkText(check: Check, look: Look): readonly string[] {
  const symbol = SYMBOLS[check.outcome];
  const mark = paint(look, symbol.tone, look.unicode ? symbol.unicode : symbol.ascii);
  const aside = check.required || check.outcome === 'pass' ? '' : paint(look, 'dim', ' (not required)');
  const lines = [`  ${mark} ${prose(check.title)}: ${prose(check.message)}${aside}`];
  if (look.verbose) lines.push(paint(look, 'dim', `      ${check.id}${evidenceText(check)}`));
  if (check.hint !== undefined && check.outcome !== 'pass') lines.push(`      hint: ${prose(check.hint)}`);
  return lines;
}

function evidenceText({ evidence }: Check): string {
  if (evidence === undefined) return '';
  const line = evidence.line === undefined ? '' : `:${evidence.line}`;
  return `  ${name(evidence.source)}${line}${evidence.signer === undefined ? '' : `  ${name(evidence.signer)}`}`;
}

function signerLines({ signers }: Report): readonly string[] {
  return signers.map(({ name: signer, trustedAs, statements }) => {
    const trust = trustedAs === undefined ? 'not trusted' : `trusted as ${name(trustedAs)}`;
    return `${name(signer)} (${trust}): ${statements.map((statement) => name(statement)).join(', ')}`;
  });
}

function factLines(facts: Report['verified'], look: Look): readonly string[] {
  return facts.map(({ name: fact, value, by }) => {
    const shown = /^[0-9a-f]{32,}$/.test(value) ? shortHex(value, look) : prose(value);
    return `${name(fact)}: ${shown}${by === undefined ? '' : ` (says ${name(by)})`}`;
  });
}

function lineageLines({ lineage }: Report, look: Look): readonly string[] {
  const branch = (last: boolean): string => (look.unicode ? (last ? '└─' : '├─') : last ? '`-' : '|-');
  return lineage.map((edge, i) => {
    const [algorithm, hex] = Object.entries(edge.digests)[0] ?? ['', ''];
    const who = edge.name === undefined ? '' : ` ${name(edge.name)}`;
    const what = `${name(edge.relation)}${who}  ${name(edge.role)}, ${name(edge.evidence)}`;
    return `${branch(i === lineage.length - 1)} ${what}  ${name(algorithm)} ${shortHex(hex, look)}`;
  });
}

function notCoveredLines({ notCovered }: Report): readonly string[] {
  return notCovered.map(({ path, because }) => `${name(path)}: ${prose(because)}`);
}

function verdictLine({ result, verdict }: Report, look: Look): string {
  const outcome: Outcome =
    result === 'pass' ? 'pass' : result === 'fail' ? 'fail' : result === 'incomplete' ? 'missing' : 'error';
  const { unicode, tone } = SYMBOLS[outcome];
  return paint(look, tone, `${look.unicode ? `${unicode} ` : ''}${result.toUpperCase()}: ${prose(verdict)}`);
}
