import type { Check, Report } from '../../core/verify/index.ts';
import { fileLine } from './changes.ts';
import { type Look, name, prose } from './text.ts';

const LOOK: Look = { color: false, unicode: false, verbose: true };

/**
 * A report as JUnit XML: one test case per check. `fail` is a failure; `error`, and a required check that is missing or
 * unknown, are errors; what was not required or not asked for is skipped. The counts of the suite agree with its cases.
 */
export function renderJunit(report: Report): string {
  const cases = report.checks.map((check) => ({ check, kind: kindOf(check) }));
  const countOf = (kind: Kind): number => cases.filter((entry) => entry.kind === kind).length;
  const counts = `tests="${cases.length}" failures="${countOf('failure')}" errors="${countOf('error')}"`;
  const ofSuite = `${counts} skipped="${countOf('skipped')}"`;
  const suite = attribute(`stemma verify ${name(report.subject.name)}`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="stemma" ${counts}>`,
    `  <testsuite name=${suite} ${ofSuite}${report.time === null ? '' : ` timestamp=${attribute(report.time)}`}>`,
    ...cases.map(({ check, kind }) => testCase(check, kind, report)),
    `    <system-out>${text(prose(report.verdict))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

type Kind = 'pass' | 'failure' | 'error' | 'skipped';

function kindOf({ outcome, required }: Check): Kind {
  if (outcome === 'pass') return 'pass';
  if (outcome === 'skip' || !required) return 'skipped';
  return outcome === 'fail' ? 'failure' : 'error';
}

function testCase(check: Check, kind: Kind, report: Report): string {
  const open = `    <testcase classname=${attribute(`stemma.${check.step}`)} name=${attribute(caseName(check, report.checks))}`;
  if (kind === 'pass') return `${open}/>`;
  const message = attribute(prose(`${check.outcome}: ${check.message}`));
  if (kind === 'skipped') return `${open}>\n      <skipped message=${message}/>\n    </testcase>`;
  const changed = check.step === 'match' ? report.changes.map((change) => fileLine(change, LOOK)) : [];
  const hint = check.hint === undefined ? [] : [prose(check.hint)];
  const body = text([prose(check.title), ...hint, ...changed].join('\n'));
  return `${open}>\n      <${kind} type=${attribute(check.outcome)} message=${message}>${body}</${kind}>\n    </testcase>`;
}

/** The id of the check; with its title where several checks have that id, because CI servers merge cases of one name. */
function caseName({ id, title }: Check, checks: readonly Check[]): string {
  return checks.filter((check) => check.id === id).length === 1 ? id : `${id}: ${title}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escaped text has no control characters left, so what remains is the markup of XML. */
function text(value: string): string {
  return value.replaceAll(/[&<>"\ufffe\uffff]/g, (mark) => ENTITIES[mark] ?? '\ufffd');
}

function attribute(value: string): string {
  return `"${text(prose(value))}"`;
}
