import type { Check, Report } from './report.ts';

export type VerdictCode = 0 | 1 | 3 | 4 | 5;

const codeOf = (check: Check): VerdictCode => {
  switch (check.outcome) {
    case 'pass':
      return 0;
    case 'fail':
      return 1;
    case 'missing':
    case 'unknown':
    case 'skip':
      return 3;
    case 'error':
      return check.errorClass === 'unavailable' ? 5 : 4;
  }
};

/** Design §5: when several apply over the required checks, a contradiction comes first and absence last. */
const PRECEDENCE: readonly VerdictCode[] = [1, 4, 5, 3];

/** The exit code of a set of checks, and nothing else: no required check at all is never a pass. */
export function verdictCode(checks: readonly Check[]): VerdictCode {
  const required = checks.filter((check) => check.required);
  if (required.length === 0) return 3;
  const codes = new Set(required.map(codeOf));
  return PRECEDENCE.find((code) => codes.has(code)) ?? 0;
}

export const RESULTS: Readonly<Record<VerdictCode, Report['result']>> = {
  0: 'pass',
  1: 'fail',
  3: 'incomplete',
  4: 'malformed',
  5: 'unavailable',
};

/** The exit code of `verify`, from the report and from nothing else. */
export function exitCodeOf(report: Report): VerdictCode {
  return verdictCode(report.checks);
}
