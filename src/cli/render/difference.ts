import type { ModelDifference } from '../../core/model/index.ts';
import { count, type Look, name, paint } from './text.ts';

const MARKS = { added: '+', removed: '-', changed: '~', renamed: '>', retyped: '!' } as const;
const TONES = { added: 'good', removed: 'bad', changed: 'warn', renamed: 'warn', retyped: 'bad' } as const;
const MAX_SHOWN = 50;

type Difference = ModelDifference['tensorSets'][number];

/** What differs between two models; the answer in one sentence on the last line. */
export function renderDifference(difference: ModelDifference, look: Look): string {
  const mark = (change: keyof typeof MARKS): string => paint(look, TONES[change], MARKS[change]);
  const files = difference.files.map(
    ({ path, change, from }) =>
      `${mark(change)} ${path === '' ? 'the file itself' : name(path)}  ${change}${from === undefined ? '' : ` (was ${name(from)})`}`,
  );
  const sets = difference.tensorSets.flatMap((set) => [
    paint(look, 'bold', setTitle(set)),
    ...cut(
      set.tensors.map((tensor) => `  ${mark(tensor.change)} ${name(tensor.name)}  ${tensor.change}${typeText(tensor)}`),
      look,
    ),
  ]);
  return [
    ...(files.length > 0 ? [paint(look, 'bold', 'files'), ...cut(files, look)] : []),
    ...sets,
    verdict(difference),
  ].join('\n');
}

function setTitle({ before, after, tensors, unchangedTensors }: Difference): string {
  const path = (text: string | undefined): string =>
    text === undefined ? 'nothing' : text === '' ? 'the file' : name(text);
  const where = before === after ? path(before) : `${path(before)} → ${path(after)}`;
  return `tensors of ${where}: ${unchangedTensors} unchanged, ${tensors.length} different`;
}

function typeText({ change, before, after }: Difference['tensors'][number]): string {
  if (change !== 'retyped' || before === undefined || after === undefined) return '';
  return ` from ${name(before.dtype)} [${before.shape.join(', ')}] to ${name(after.dtype)} [${after.shape.join(', ')}]`;
}

function cut(lines: readonly string[], look: Look): string[] {
  if (look.verbose || lines.length <= MAX_SHOWN) return [...lines];
  return [
    ...lines.slice(0, MAX_SHOWN),
    `and ${count(lines.length - MAX_SHOWN, 'more line')}; --verbose or --json shows all`,
  ];
}

function verdict({ same, onlyMetadata, parameters, unchangedShare, tensorSets }: ModelDifference): string {
  if (same) return 'the same: every file has the same name and bytes';
  const changed = tensorSets.reduce((sum, set) => sum + set.tensors.length, 0);
  const share =
    unchangedShare === undefined
      ? ''
      : `, ${(unchangedShare / 10_000).toFixed(2)} % of ${parameters.after} parameters unchanged`;
  if (onlyMetadata) return `different: 0 tensors changed, only metadata${share}`;
  return `different: ${count(changed, 'tensor')} changed${share}`;
}
