import type { ChangeKind, FileChange } from '../../core/verify/index.ts';
import { count, type Look, name, paint, shortHex, type Tone } from './text.ts';

const MARKS: Readonly<Record<ChangeKind, { readonly mark: string; readonly tone: Tone }>> = {
  changed: { mark: '~', tone: 'warn' },
  added: { mark: '+', tone: 'good' },
  missing: { mark: '-', tone: 'bad' },
  renamed: { mark: '>', tone: 'warn' },
  unreadable: { mark: '!', tone: 'bad' },
  refused: { mark: '!', tone: 'bad' },
};

/** So many lines are read by people; the whole list is in `--json` and under `--verbose`. */
const MAX_FILES = 50;
const MAX_TENSORS = 10;

/** The files that differ, each with the tensors that changed in it. */
export function changeLines(changes: readonly FileChange[], look: Look): readonly string[] {
  const shown = look.verbose ? changes : changes.slice(0, MAX_FILES);
  const lines = shown.flatMap((change) => [fileLine(change, look), ...tensorLines(change, look)]);
  const left = changes.length - shown.length;
  return left === 0 ? lines : [...lines, `and ${count(left, 'more file')}; --verbose or --json lists all`];
}

/** What happened to one file, in one line of escaped text. */
export function fileLine(change: FileChange, look: Look): string {
  const { mark, tone } = MARKS[change.change];
  const path = change.path === '' ? 'the file itself' : name(change.path);
  const from = change.from === undefined ? '' : ` (was ${name(change.from)})`;
  return `${paint(look, tone, mark)} ${path}  ${change.change}${from}${digestText(change, look)}`;
}

function digestText({ expected, found }: FileChange, look: Look): string {
  const parts: string[] = [];
  if (expected !== undefined) parts.push(`expected ${shortHex(expected, look)}`);
  if (found !== undefined) parts.push(`found ${shortHex(found, look)}`);
  return parts.length === 0 ? '' : `  ${parts.join(', ')}`;
}

function tensorLines({ tensors = [] }: FileChange, look: Look): readonly string[] {
  const shown = look.verbose ? tensors : tensors.slice(0, MAX_TENSORS);
  const lines = shown.map((tensor) => `    tensor ${name(tensor)}`);
  const left = tensors.length - shown.length;
  return left === 0 ? lines : [...lines, `    and ${count(left, 'more tensor')}`];
}
