import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Of reference/merkle-logs-signatures.md §6: those that verifying and attesting can meet; the others belong to later rooms. */
const RANGES = [
  [1, 29],
  [33, 43],
  [55, 68],
  [70, 72],
] as const;

const text = globSync('*.test.ts', { cwd: import.meta.dirname })
  .map((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8'))
  .join('\n');

/** Of reference/attestations-lineage-policy.md §13.4; the other lists are rows of the table, or belong to later rooms. */
const LISTS = {
  '13.4 policy': [
    'expired',
    'empty',
    'unknown field',
    'unsigned where a signature is required',
    'unknown signer name',
    'threshold 0',
    'threshold above the keys',
    'waiver out of date',
    'waiver for another digest',
  ],
  '13.4 lineage': [
    'self-parent',
    'cycle',
    'diamond',
    'missing parent',
    'parent signature bad',
    'relation disallowed',
    'depth bound',
    'revoked ancestor',
    'card that names another base',
  ],
} as const;

it.each(Object.entries(LISTS))('every member of the list %s has a case', (_, members) => {
  expect(members.filter((member) => !text.includes(`'${member}`))).toEqual([]);
});

it('every row of the attack table that this tool can meet has a case', () => {
  const rows = RANGES.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
  // A case names its row as a member, in a title, as the first of a tuple, or as the first argument of `both` or `inBoth`.
  const isNamed = (row: number): boolean =>
    new RegExp(`\\brow(?:: | )${row}\\b|\\[${row}, '|(?:both|inBoth)\\(\\s*${row},`).test(text);

  expect(rows.filter((row) => !isNamed(row))).toEqual([]);
});
