import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { besideLocations, relativeTo } from '../core/evidence/index.ts';
import type { Report } from '../core/verify/index.ts';
import { writeReportFile } from './report-file.ts';
import { systemErrorCode } from './system-error.ts';

/** Loaded when asked for: most runs print one report, and every module costs start-up time. */
const RENDERERS = {
  json: async () => (await import('./render/json.ts')).renderJson,
  sarif: async () => (await import('./render/sarif.ts')).renderSarif,
  junit: async () => (await import('./render/junit.ts')).renderJunit,
  markdown: async () => (await import('./render/markdown.ts')).renderMarkdown,
} as const satisfies Record<string, () => Promise<(report: Report) => string>>;

export type ReportFormat = keyof typeof RENDERERS;

/** Where one more rendering of the report goes: a file, or the annotations and step summary of GitHub Actions. */
export type ReportTarget = { readonly format: ReportFormat; readonly path: string } | { readonly format: 'github' };

/**
 * Reads the values of `--report`: `FORMAT=PATH`, or `github`.
 *
 * @throws StemmaError USAGE for another format, a missing path, or a path given twice
 */
export function parseReportTargets(values: readonly string[] | undefined): readonly ReportTarget[] {
  const targets = (values ?? []).map(parseTarget);
  const paths = targets.flatMap((target) => (target.format === 'github' ? [] : [path.resolve(target.path)]));
  if (new Set(paths).size < paths.length) throw new StemmaError('USAGE', 'expected different files for --report');
  return targets;
}

const isFormat = (text: string): text is ReportFormat => Object.hasOwn(RENDERERS, text);

function parseTarget(value: string): ReportTarget {
  if (value === 'github') return { format: 'github' };
  const equals = value.indexOf('=');
  const format = equals === -1 ? value : value.slice(0, equals);
  if (!isFormat(format)) {
    const known = [...Object.keys(RENDERERS).map((key) => `${key}=PATH`), 'github'].join(', ');
    throw new StemmaError('USAGE', `expected --report to be one of ${known}, found ${quote(value, 80)}`);
  }
  if (equals === -1 || equals === value.length - 1) {
    throw new StemmaError('USAGE', `expected --report ${format}=PATH, found no path`);
  }
  return { format, path: value.slice(equals + 1) };
}

/**
 * A report inside the model would change what it is about, and one over a file of it would destroy that.
 *
 * @throws StemmaError USAGE for a path inside the model, or that of the model or of its evidence beside it
 */
export function requireOutside(model: string, targets: readonly ReportTarget[]): void {
  for (const target of targets)
    if (target.format !== 'github') requireFileOutside(model, target.path, `${target.format} report`);
}

/**
 * The same for one more file that a verification writes.
 *
 * @param what a noun for messages
 * @throws StemmaError USAGE
 */
export function requireFileOutside(model: string, file: string, what: string): void {
  const [root, at] = [path.resolve(model), path.resolve(file)];
  const files = [root, ...Object.values(besideLocations(root))];
  const isOfModel =
    relativeTo(root, at) !== undefined || files.some((own) => relativeTo(path.dirname(own), at) === path.basename(own));
  if (!isOfModel) return;
  throw new StemmaError('USAGE', `the ${what} ${quote(path.basename(file))} would be written into the model`, {
    hint: 'choose a place outside of it',
  });
}

/**
 * Writes one rendering to where `writeReportFile` puts it.
 *
 * @throws StemmaError WRITE_FAILED
 */
export async function writeReport(report: Report, target: ReportTarget): Promise<void> {
  if (target.format === 'github') return writeGithub(report);
  const render = await RENDERERS[target.format]();
  try {
    await writeReportFile(target.path, render(report));
  } catch (cause) {
    // One code whatever the reason: docs/exit-codes.md says what an unwritable report does to a verdict.
    const why = cause instanceof StemmaError ? cause.message : 'unknown reason';
    throw new StemmaError('WRITE_FAILED', `the ${target.format} report is not written: ${why}`, { cause });
  }
}

/** Annotations go to stderr: the runner reads both streams, and stdout holds the answer. */
async function writeGithub(report: Report): Promise<void> {
  const { renderAnnotations } = await import('./render/github.ts');
  process.stderr.write(renderAnnotations(report));
  const summary = process.env['GITHUB_STEP_SUMMARY'] ?? '';
  if (summary === '') return;
  try {
    const render = await RENDERERS.markdown();
    await appendFile(summary, `${render(report)}\n`);
  } catch (cause) {
    const reason = systemErrorCode(cause) ?? 'unknown reason';
    throw new StemmaError('WRITE_FAILED', `the step summary cannot be written: ${reason}`, { cause });
  }
}
