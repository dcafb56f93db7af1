import type { Check, Outcome } from '../../core/verify/index.ts';
import { count, type Look, name, paint, prose, type Tone } from './text.ts';

export const SYMBOLS: Readonly<
  Record<Outcome, { readonly unicode: string; readonly ascii: string; readonly tone: Tone }>
> = {
  pass: { unicode: '✔', ascii: 'ok  ', tone: 'good' },
  fail: { unicode: '✖', ascii: 'FAIL', tone: 'bad' },
  error: { unicode: '✖', ascii: 'ERR ', tone: 'bad' },
  missing: { unicode: '?', ascii: '?   ', tone: 'warn' },
  unknown: { unicode: '?', ascii: '?   ', tone: 'warn' },
  skip: { unicode: '–', ascii: '-   ', tone: 'dim' },
};
/** Whatever did not pass and decides nothing. */
const NOTE = { unicode: '!', ascii: 'note', tone: 'warn' } as const;

/** What checks that passed and were not required amount to, by their id. */
const FOLDED: Readonly<Record<string, (n: number) => string>> = {
  'authenticate.signature': (n) => `${count(n, 'signature')} verified`,
  'match.statement': (n) => `${count(n, 'statement')} about these bytes`,
  'content.manifest': (n) => `${count(n, 'manifest')} equal to the signed one`,
};
const otherChecks = (n: number): string => `${count(n, 'check')} passed`;

/**
 * The checks under their steps. The short view shows what was required and what did not pass, and what passed besides in one
 * line a step; what was not asked for is left out.
 */
export function checkLines(checks: readonly Check[], look: Look): readonly string[] {
  return [...Map.groupBy(checks, ({ step }) => step)].flatMap(([step, all]) => stepLines(step, all, look));
}

function stepLines(step: Check['step'], checks: readonly Check[], look: Look): readonly string[] {
  const title = paint(look, 'bold', step);
  if (look.verbose) return [title, ...checks.flatMap((check) => checkText(check, look))];
  const isFolded = ({ outcome, required }: Check): boolean => outcome === 'pass' && !required;
  const decisive = new Set(checks.flatMap((check) => (check.required ? (check.evidence?.pae ?? []) : [])));
  // What a required check has already said of the same evidence is not said twice.
  const isRepeated = ({ required, evidence }: Check): boolean => !required && decisive.has(evidence?.pae ?? '');
  const shown = checks.filter(
    (check) => check.required || (check.outcome !== 'skip' && !isFolded(check) && !isRepeated(check)),
  );
  const folded = foldedText(checks.filter((check) => isFolded(check)));
  if (shown.length === 0) return folded === '' ? [] : [`${title}: ${folded}`];
  const besides = folded === '' ? [] : [`  ${markOf(SYMBOLS.pass, look)} ${folded}`];
  return [title, ...shown.flatMap((check) => checkText(check, look)), ...besides];
}

const foldedText = (checks: readonly Check[]): string =>
  [...Map.groupBy(checks, ({ id }) => FOLDED[id] ?? otherChecks)]
    .map(([describe, alike]) => describe(alike.length))
    .join(', ');

const markOf = (
  symbol: { readonly unicode: string; readonly ascii: string; readonly tone: Tone },
  look: Look,
): string => paint(look, symbol.tone, look.unicode ? symbol.unicode : symbol.ascii);

function checkText(check: Check, look: Look): readonly string[] {
  const decides = check.required || check.outcome === 'pass' || check.outcome === 'skip';
  const mark = markOf(decides || look.verbose ? SYMBOLS[check.outcome] : NOTE, look);
  const aside = look.verbose && !decides ? paint(look, 'dim', ' (not required)') : '';
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
