import type { DigestSet } from '../../core/digest/index.ts';
import type {
  AddResult,
  CheckResult,
  ExportResult,
  FamilyResult,
  FindResult,
  RebuildResult,
  Relative,
  RelativeLink,
  StoredStatement,
} from '../../core/store/index.ts';
import { predicateTypeName } from '../predicate-types.ts';
import { count, cutLines, type Look, name, paint, prose, shortHex } from './text.ts';

/** Under every list: what a store is not. */
const CLAIMED =
  'names and signers are claimed: no signature was checked; stemma verify --store does. A key is named by its hint, as stemma key show prints it';

/** What `add` and `import` took, and what not. */
export function renderAdded(result: AddResult, look: Look): string {
  const { added, present, manifests, refusals, refused } = result;
  const lines = refused.map(
    ({ source, line, message }) =>
      `${paint(look, 'bad', 'refused')} ${name(source)}${line === undefined ? '' : ` line ${line}`}: ${prose(message)}`,
  );
  return [
    `added ${count(added, 'statement')} and ${count(manifests, 'manifest')}; ${present} were there already`,
    ...cutLines(lines, 'refusal', look),
    ...(refusals > refused.length ? [`${refusals} in all were refused`] : []),
  ].join('\n');
}

/** Statements, one a line. */
export function renderFound({ statements, total, damaged, truncated }: FindResult, look: Look): string {
  return [
    ...cutLines(
      statements.map((found) => statementLine(found, look)),
      'statement',
      look,
    ),
    total > statements.length ? `${statements.length} of ${count(total, 'statement')}` : count(total, 'statement'),
    ...(total === 0 ? [] : [paint(look, 'dim', CLAIMED)]),
    ...reservations(damaged, truncated ? 'more digest sets than are compared in one question' : undefined, look),
  ].join('\n');
}

function statementLine(found: StoredStatement, look: Look): string {
  const about = found.name === undefined ? 'unnamed' : paint(look, 'bold', name(found.name, 80));
  const [first] = found.subjects;
  const digest = first === undefined ? '' : `  ${digestText(first, look)}`;
  return `${predicateTypeName(found.predicateType)}  ${about}${digest}  ${byText(found.signer, look)}  ${shortHex(found.object, look)}`;
}

/** What a model or dataset is related to, nearest first. */
export function renderFamily(
  result: FamilyResult,
  { direction, digests }: { readonly direction: 'descendants' | 'ancestors'; readonly digests: DigestSet },
  look: Look,
): string {
  const { relatives, damaged, truncated } = result;
  const noun = direction === 'descendants' ? 'descendant' : 'ancestor';
  return [
    `${count(relatives.length, noun)} of ${digestText(digests, look)}`,
    ...cutLines(
      relatives.flatMap((relative) => relativeLines(relative, look)),
      'line',
      look,
    ),
    ...(relatives.length === 0 ? [] : [paint(look, 'dim', CLAIMED)]),
    ...reservations(damaged, truncated, look),
  ].join('\n');
}

function relativeLines(relative: Relative, look: Look): string[] {
  const title = relative.name === undefined ? '' : `${paint(look, 'bold', name(relative.name, 80))}  `;
  const ways = new Set(relative.links.map((link) => wayText(link, look)));
  return [`${relative.depth}  ${title}${digestText(relative.digests, look)}`, ...[...ways].map((way) => `   ${way}`)];
}

/** Which way round a link goes is in its relation: the child was made from the parent. */
function wayText({ relation, child, parent, signer }: RelativeLink, look: Look): string {
  return `${digestText(child, look)} ${relation} ${digestText(parent, look)}, ${byText(signer, look)}`;
}

export function renderExported({ statements, damaged }: ExportResult, file: string | undefined, look: Look): string {
  return [
    `exported ${count(statements, 'statement')}${file === undefined ? '' : ` to ${name(file)}`}`,
    ...reservations(damaged, undefined, look),
  ].join('\n');
}

export function renderRebuilt({ statements, damaged }: RebuildResult, look: Look): string {
  return [`indexed ${count(statements, 'statement')}`, ...reservations(damaged, undefined, look)].join('\n');
}

/** Every object that is not what its name says. */
export function renderChecked({ statements, manifests, damaged }: CheckResult, look: Look): string {
  const lines = damaged.map(({ path, message }) => `${paint(look, 'bad', 'damaged')} ${name(path)}: ${prose(message)}`);
  return [
    ...cutLines(lines, 'object', look),
    `${count(statements, 'statement')} and ${count(manifests, 'manifest')} are what their names say`,
    ...(damaged.length === 0
      ? []
      : [`${count(damaged.length, 'object')} damaged: remove them, and add what they held`]),
  ].join('\n');
}

function reservations(damaged: number, truncated: string | undefined, look: Look): string[] {
  return [
    ...(damaged === 0 ? [] : [`${count(damaged, 'object')} of the store damaged and not used: see stemma store check`]),
    ...(truncated === undefined ? [] : [`not complete: ${truncated}`]),
  ].map((line) => paint(look, 'warn', prose(line)));
}

const byText = (signer: string | undefined, look: Look): string =>
  signer === undefined ? 'signer not named' : `by ${shortHex(signer, look)}`;

function digestText(digests: DigestSet, look: Look): string {
  const [algorithm = '', hex = ''] = Object.entries(digests)[0] ?? [];
  return `${name(algorithm)}:${shortHex(hex, look)}`;
}
