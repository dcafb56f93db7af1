import type { Check, Outcome, Report } from '../../core/verify/index.ts';
import { changeLines } from './changes.ts';
import { lineageTitle } from './human.ts';
import { formatBytes, type Look, name, prose } from './text.ts';

/** Markdown needs neither colour nor terminal symbols; digests stay short, the JSON has them whole. */
const LOOK: Look = { color: false, unicode: true, verbose: false };

const ICONS: Readonly<Record<Outcome, string>> = {
  pass: '✅',
  fail: '❌',
  error: '❌',
  missing: '❔',
  unknown: '❔',
  skip: '➖',
};

/** A report as GitHub-flavoured Markdown, for a step summary or a pull request. No untrusted text becomes markup. */
export function renderMarkdown(report: Report): string {
  const { subject } = report;
  const size = `${subject.files} files, ${formatBytes(subject.bytes)}`;
  const parts = [
    `## ${report.result === 'pass' ? ICONS.pass : ICONS.fail} ${markdown(prose(report.verdict))}`,
    `Model ${markdown(name(subject.name))} (${subject.kind}, ${size}), checked as ${report.mode}.`,
    policyLine(report),
    checkTable(report),
    list('What is needed', neededLines(report)),
    list('Changed', changeLines(report.changes, LOOK)),
    list(
      'Signed by',
      report.signers.map((signer) => name(signer.name)),
    ),
    list(lineageTitle(report), lineageLines(report)),
    list(
      'Not covered',
      report.notCovered.map(({ path, because }) => `${name(path)}: ${prose(because)}`),
    ),
    list(
      'Not checked',
      report.skipped.map((text) => prose(text)),
    ),
    list(
      'Warnings',
      report.warnings.map((text) => prose(text)),
    ),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function policyLine({ policy }: Report): string {
  if (policy === undefined) return '';
  const { file, digest, signer, expires } = policy;
  const by = signer === undefined ? 'not signed' : `signed by ${name(signer)}`;
  return `Policy ${markdown(`${name(file)}, sha256 ${digest.slice(0, 12)}, ${by}, in force until ${name(expires)}`)}.`;
}

/** What would turn the required checks that did not pass. */
function neededLines({ checks }: Report): readonly string[] {
  return checks.flatMap(({ id, outcome, required, hint }) =>
    required && outcome !== 'pass' && hint !== undefined ? [`${name(id)}: ${prose(hint)}`] : [],
  );
}

function lineageLines({ lineage: { nodes, edges } }: Report): readonly string[] {
  const names = new Map(nodes.map((node) => [node.id, name(node.name ?? 'an unnamed artifact')]));
  return edges
    .filter(({ relation }) => relation !== 'input' && relation !== 'environment')
    .map(({ child, relation, parent, outcome, message }) => {
      const status = outcome === 'skip' ? 'claimed' : `${outcome}: ${prose(message)}`;
      return `${names.get(child)} ${relation} ${names.get(parent)}: ${status}`;
    });
}

function checkTable({ checks }: Report): string {
  const rows = withSkipsFolded(checks).map((check) => {
    const required = check.required ? 'yes' : 'no';
    const message = markdown(prose(check.message));
    return `| ${ICONS[check.outcome]} ${check.outcome} | ${markdown(name(check.id))} | ${message} | ${required} |`;
  });
  return ['| outcome | check | what was found | required |', '|---|---|---|---|', ...rows].join('\n');
}

/** Digests and hints of keys, which tell one skipped statement from the next and its reason from none. */
const TELLING = /(?:\bsha256:)?\b[0-9a-f]{16,}\b/g;

/** What was not asked for is one row for each reason; the JSON has every one. */
function withSkipsFolded(checks: readonly Check[]): readonly Check[] {
  const keyOf = ({ id, outcome, required, message }: Check, i: number): string | number =>
    outcome === 'skip' && !required ? `${id} ${message.replaceAll(TELLING, '…')}` : i;
  return [...Map.groupBy(checks, keyOf).values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined || alike.length === 1) return alike;
    const isSame = alike.every(({ message }) => message === first.message);
    const message = isSame ? first.message : first.message.replaceAll(TELLING, '…');
    return [{ ...first, message: `${alike.length} × ${message}` }];
  });
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return [`### ${title}`, '', ...lines.map((line) => `- ${markdown(line.trim())}`)].join('\n');
}

/**
 * Escaped text that Markdown shows as it is: every ASCII punctuation mark that could begin markup, a link, HTML, a table
 * cell or an emoji becomes a character reference, which Markdown reads as text only. A mention is found in the finished
 * page, after references are resolved, so its `@` is escaped as in other text.
 */
function markdown(text: string): string {
  return text
    .replaceAll(/(?<![A-Za-z0-9])@/g, '\\x40')
    .replaceAll(/[\\`*_{}[\]<>()#+!|~&@:$"'^]/g, (mark) => `&#${mark.charCodeAt(0)};`)
    .replaceAll('www.', 'www&#46;');
}
