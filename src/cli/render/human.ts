import type { Outcome, Report } from '../../core/verify/index.ts';
import { changeLines } from './changes.ts';
import { checkLines, SYMBOLS } from './checks.ts';
import { lineageTree } from './lineage-tree.ts';
import { policyLines } from './policy.ts';
import { count, cutLines, formatBytes, type Look, name, paint, prose, shortHex } from './text.ts';

/** A verification report for people: steps and checks, what changed, who signed, what was not checked, and last the verdict. */
export function renderHuman(report: Report, look: Look): string {
  const sections = [
    subjectLines(report, look),
    checkLines(report.checks, look),
    policyLines(report.policy, look),
    titled('Changed', changeLines(report.changes, look), look),
    titled('Signed by', signerLines(report), look),
    titled('Verified', factLines(report.verified, look), look),
    titled('Claimed by the signers, not checked', factLines(report.claimed, look), look),
    titled(lineageTitle(report), cutLines(lineageTree(report.lineage, look), 'ancestor', look), look),
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
  return `${shortenDigests(text, look)}\n`;
}

/** `sha256:` or `key hint` and 12 digits of what follows, in sentences and in the names of keys. */
const LABELLED_DIGEST = /\b((?:(?:sha256|sha384|sha512|blake3):|key hint )[0-9a-f]{12})[0-9a-f]{20,}\b/g;

export const shortenDigests = (text: string, { verbose }: Look): string =>
  verbose ? text : text.replaceAll(LABELLED_DIGEST, '$1');

function titled(title: string, lines: readonly string[], look: Look): readonly string[] {
  return lines.length === 0 ? [] : [paint(look, 'bold', title), ...lines.map((line) => `  ${line}`)];
}

function subjectLines({ subject, mode }: Report, look: Look): readonly string[] {
  const size = `${count(subject.files, 'file')}, ${formatBytes(subject.bytes)}`;
  const digests = Object.entries(subject.digests).map(([key, hex]) => `  ${name(key)} ${shortHex(hex, look)}`);
  return [`${paint(look, 'bold', name(subject.name))}  ${subject.kind}, ${size}, checked as ${mode}`, ...digests];
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

/** Whether somebody was trusted for ancestors is said first: a claim looks much like a fact. */
export function lineageTitle({ lineage }: Pick<Report, 'lineage'>): string {
  return lineage.edges.some(({ counts }) => counts) ? 'Lineage' : 'Lineage, as claimed';
}

function notCoveredLines({ notCovered }: Report): readonly string[] {
  return notCovered.map(({ path, because }) => `${name(path)}: ${prose(because)}`);
}

export function verdictLine({ result, verdict }: Report, look: Look): string {
  const outcome: Outcome =
    result === 'pass' ? 'pass' : result === 'fail' ? 'fail' : result === 'incomplete' ? 'missing' : 'error';
  const { unicode, tone } = SYMBOLS[outcome];
  return paint(look, tone, `${look.unicode ? `${unicode} ` : ''}${result.toUpperCase()}: ${prose(verdict)}`);
}
