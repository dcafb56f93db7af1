import type { ModelDifference } from '../../core/model/index.ts';
import { count, cutLines, type Look, name, paint, pathText } from './text.ts';

const MARKS = { added: '+', removed: '-', changed: '~', renamed: '>', retyped: '!' } as const;
const TONES = { added: 'good', removed: 'bad', changed: 'warn', renamed: 'warn', retyped: 'bad' } as const;

type Difference = ModelDifference['tensorSets'][number];

/** What differs between two models; the answer in one sentence on the last line. */
export function renderDifference(difference: ModelDifference, look: Look): string {
  const mark = (change: keyof typeof MARKS): string => paint(look, TONES[change], MARKS[change]);
  const files = difference.files.map(
    ({ path, change, from }) =>
      `${mark(change)} ${pathText(path)}  ${change}${from === undefined ? '' : ` (was ${pathText(from)})`}`,
  );
  const sets = difference.tensorSets.flatMap((set) => [
    paint(look, 'bold', setTitle(set)),
    ...cutLines(
      set.tensors.map((tensor) => `  ${mark(tensor.change)} ${name(tensor.name)}  ${tensor.change}${typeText(tensor)}`),
      'tensor',
      look,
    ),
  ]);
  return [
    ...(files.length > 0 ? [paint(look, 'bold', 'files'), ...cutLines(files, 'file', look)] : []),
    ...sets,
    verdict(difference),
  ].join('\n');
}

function setTitle({ before, after, tensors, unchangedTensors }: Difference): string {
  const side = (path: string | undefined): string => (path === undefined ? 'nothing' : pathText(path));
  const where = before === after ? side(before) : `${side(before)} → ${side(after)}`;
  return `tensors of ${where}: ${unchangedTensors} unchanged, ${tensors.length} different`;
}

function typeText({ change, before, after }: Difference['tensors'][number]): string {
  if (change !== 'retyped' || before === undefined || after === undefined) return '';
  return ` from ${name(before.dtype)} [${before.shape.join(', ')}] to ${name(after.dtype)} [${after.shape.join(', ')}]`;
}

function verdict({ same, onlyMetadata, files, parameters, unchangedShare, tensorSets }: ModelDifference): string {
  if (same) return 'the same: every file has the same name and bytes';
  if (tensorSets.length === 0) return `different: ${count(files.length, 'file')}; there are no tensors to compare`;
  const share =
    unchangedShare === undefined
      ? ''
      : `, ${percent(unchangedShare)} of ${count(parameters.after, 'parameter')} unchanged`;
  if (onlyMetadata) {
    const moved = tensorSets.some(({ pairedBy }) => pairedBy !== 'path') ? ' and which files hold them' : '';
    return `different: 0 tensors changed, only metadata${moved}${share}`;
  }
  const tensors = tensorSets.reduce((sum, set) => sum + set.tensors.length, 0);
  return `different: ${count(files.length, 'file')}, ${count(tensors, 'tensor')}${share}`;
}

/** Parts per million as a percentage, rounded down: 100.00 % is said of nothing less. */
function percent(partsPerMillion: number): string {
  return `${(Math.floor(partsPerMillion / 100) / 100).toFixed(2)} %`;
}
