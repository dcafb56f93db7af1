import type { Check, Report } from '../../core/verify/index.ts';
import { name, prose } from './text.ts';

/** GitHub shows at most ten annotations of a kind per step. */
const MAX_FILES = 10;

/**
 * Workflow commands of GitHub Actions: an error for each required check that does not pass and for the changed files, a
 * warning for the others. The only place where `::` reaches a log on purpose, so properties and data are encoded.
 */
export function renderAnnotations(report: Report): string {
  const checks = report.checks.filter(({ outcome }) => outcome !== 'pass' && outcome !== 'skip').map(checkAnnotation);
  const files = report.changes.slice(0, MAX_FILES).map(({ path, change }) => {
    const file = path === '' ? report.subject.name : path;
    return `::error file=${property(file)},title=${property(`stemma: ${change}`)}::${data(`${name(file)} ${change}`)}`;
  });
  return [...checks, ...files].map((line) => `${line}\n`).join('');
}

function checkAnnotation({ id, outcome, required, message, hint }: Check): string {
  const found = `${outcome}: ${message}${hint === undefined ? '' : `; ${hint}`}`;
  return `::${required ? 'error' : 'warning'} title=${property(`stemma: ${id}`)}::${data(found)}`;
}

const encode = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

function data(text: string): string {
  return encode(prose(text));
}

function property(text: string): string {
  return encode(name(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
