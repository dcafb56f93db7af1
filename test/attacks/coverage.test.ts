import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Of reference/merkle-logs-signatures.md §6: those that verifying and attesting can meet; the others belong to later rooms. */
const RANGES = [
  [1, 24],
  [26, 28],
  [33, 43],
  [55, 68],
  [70, 72],
] as const;

it('every row of the attack table that this tool can meet has a case', () => {
  const text = globSync('*.test.ts', { cwd: import.meta.dirname })
    .map((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8'))
    .join('\n');
  const rows = RANGES.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
  // A case names its row as a member, in a title, as the first of a tuple, or as the first argument of `both` or `inBoth`.
  const isNamed = (row: number): boolean =>
    new RegExp(`\\brow(?:: | )${row}\\b|\\[${row}, '|(?:both|inBoth)\\(\\s*${row},`).test(text);

  expect(rows.filter((row) => !isNamed(row))).toEqual([]);
});
