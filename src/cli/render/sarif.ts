import type { Check, FileChange, Outcome, Report } from '../../core/verify/index.ts';
import { renderJson } from './json.ts';
import { name, prose } from './text.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

type Level = 'none' | 'note' | 'warning' | 'error';

/** SARIF 2.1.0 §3.27.9: a kind other than `fail` has the level `none`. */
const KINDS: Readonly<Record<Outcome, 'pass' | 'fail' | 'notApplicable'>> = {
  pass: 'pass',
  skip: 'notApplicable',
  fail: 'fail',
  missing: 'fail',
  unknown: 'fail',
  error: 'fail',
};

/** A report as SARIF 2.1.0: a result per check, located at the evidence or at the files that changed. */
export function renderSarif(report: Report): string {
  const rules = new Map(report.checks.map((check) => [check.id, check.title]));
  const ruleIds = [...rules.keys()];
  return renderJson({
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            semanticVersion: report.tool.version,
            rules: ruleIds.map((id) => ({ id, shortDescription: { text: prose(rules.get(id) ?? id) } })),
          },
        },
        columnKind: 'unicodeCodePoints',
        results: report.checks.flatMap((check) => resultsOf(check, ruleIds.indexOf(check.id), report)),
      },
    ],
  });
}

/** A failed match yields a result per changed file, so that each is shown at its place; any other check yields one. */
function resultsOf(check: Check, ruleIndex: number, report: Report): readonly unknown[] {
  if (check.step !== 'match' || check.outcome !== 'fail' || report.changes.length === 0) {
    return [result(check, ruleIndex, report, withHint(check), check.evidence?.source)];
  }
  return report.changes.map((change) =>
    result(check, ruleIndex, report, changeText(change), change.path || report.subject.name),
  );
}

/** What was found, and what to do about it. */
const withHint = ({ message, hint }: Check): string => prose(hint === undefined ? message : `${message}; ${hint}`);

function result(check: Check, ruleIndex: number, report: Report, message: string, path: string | undefined): unknown {
  const digest = Object.values(report.subject.digests)[0] ?? '';
  const line = check.evidence?.source === path ? check.evidence?.line : undefined;
  return {
    ruleId: check.id,
    ruleIndex,
    kind: KINDS[check.outcome],
    level: levelOf(check),
    message: { text: message },
    ...(path === undefined ? {} : { locations: [location(path, line)] }),
    // The same finding in the same model is one alert, however often it is reported.
    partialFingerprints: {
      'stemmaCheck/v1': [check.id, name(path ?? ''), check.evidence?.pae ?? line ?? '', digest].join(':'),
    },
  };
}

function levelOf({ outcome, required }: Check): Level {
  if (KINDS[outcome] !== 'fail') return 'none';
  if (!required) return 'note';
  return outcome === 'fail' || outcome === 'error' ? 'error' : 'warning';
}

function location(path: string, line: number | undefined): unknown {
  const uri = path.split('/').map(encodeSegment).join('/');
  return {
    physicalLocation: { artifactLocation: { uri }, ...(line === undefined ? {} : { region: { startLine: line } }) },
  };
}

/** RFC 3986: a relative reference with no colon in its first segment. Lone surrogates cannot be encoded and are replaced. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed());
}

function changeText({ path, change, tensors = [] }: FileChange): string {
  const list =
    tensors.length === 0
      ? ''
      : `; tensors ${tensors
          .slice(0, 20)
          .map((tensor) => name(tensor))
          .join(', ')}`;
  return `${path === '' ? 'the file' : name(path)} ${change}${list}`;
}
