import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { attest } from './attest-support.ts';
import { verify, writeModel } from './support.ts';

const FILES = { 'weights.bin': 'numbers' };
const LINES = 'model.attestations.jsonl';

async function attested(): Promise<{ readonly file: string; readonly model: string; readonly first: string }> {
  const model = writeModel(FILES);
  await attest(model);
  const file = path.join(model, LINES);
  return { model, file, first: readFileSync(file, 'utf8').split('\n')[0] ?? '' };
}

test('copies of a line are read as one and counted in a warning', async () => {
  const { model, file, first } = await attested();
  const before = await verify(model);
  // White space and members that nobody reads make no other line of it.
  appendFileSync(file, `${first}\n`.repeat(20) + `{"x":1,${first.slice(1)}\n`.repeat(20));
  const after = await verify(model);

  expect(before.warnings.join()).not.toContain('repeat');
  expect(after.result).toBe('pass');
  expect(after.checks).toHaveLength(before.checks.length);
  expect(after.warnings).toContain(`"${LINES}" holds 40 lines that repeat another one`);
});

test('the same payload with another signature is another line', async () => {
  const { model, file, first } = await attested();
  const other = first.replace(/"sig":"..../, '"sig":"AAAA');
  expect(other).not.toBe(first);
  const before = await verify(model);
  writeFileSync(file, `${other}\n${readFileSync(file, 'utf8')}`);
  const after = await verify(model);

  expect(after.checks.length).toBeGreaterThan(before.checks.length);
  expect(after.warnings).toEqual(before.warnings);
});

test('a line that does not parse is never taken for a copy', async () => {
  const { model, file } = await attested();
  appendFileSync(file, '{}\n{}\n');
  const report = await verify(model);

  expect(report.warnings.join()).not.toContain('repeat');
  expect(report.checks.filter(({ outcome }) => outcome === 'error')).toHaveLength(2);
});
