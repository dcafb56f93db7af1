import type { DatasetDifference, DatasetFileDifference, RecordPlace } from '../../core/dataset/index.ts';
import { count, cutLines, type Look, paint, pathText } from './text.ts';

const MARKS = { added: '+', removed: '-', changed: '~' } as const;
const TONES = { added: 'good', removed: 'bad', changed: 'warn' } as const;

/** What differs between two datasets; the answer in one sentence on the last line. */
export function renderDatasetDifference({ same, files, records }: DatasetDifference, look: Look): string {
  const fileLines = files.map(
    (file) =>
      `${paint(look, TONES[file.change], MARKS[file.change])} ${pathText(file.path)}  ${file.change}${recordsOf(file)}`,
  );
  const places = (change: 'added' | 'removed', list: readonly RecordPlace[]): string[] =>
    list.map(({ path, line }) => `${paint(look, TONES[change], MARKS[change])} ${pathText(path)} line ${line}`);
  const recordLines = [...places('removed', records.removedAt), ...places('added', records.addedAt)];
  const hidden = records.added + records.removed - recordLines.length;
  return [
    ...(fileLines.length > 0 ? [paint(look, 'bold', 'files'), ...cutLines(fileLines, 'file', look)] : []),
    ...(recordLines.length > 0 ? [paint(look, 'bold', 'records'), ...cutLines(recordLines, 'record', look)] : []),
    ...(recordLines.length > 0 && hidden > 0 ? [`and ${count(hidden, 'record')} that no line is shown for`] : []),
    same
      ? 'the same: every file has the same name and bytes'
      : `different: ${count(files.length, 'file')}; of ${count(records.before, 'record')} ${records.removed} removed, ${records.added} added, now ${records.after}`,
  ].join('\n');
}

function recordsOf({ change, recordsBefore, recordsAfter }: DatasetFileDifference): string {
  if (change === 'changed' && recordsBefore !== undefined && recordsAfter !== undefined)
    return ` (${recordsBefore} records, now ${recordsAfter})`;
  const records = recordsAfter ?? recordsBefore;
  return records === undefined ? '' : ` (${count(records, 'record')})`;
}
