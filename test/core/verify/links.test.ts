import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { attest, sign } from './attest-support.ts';
import { exitCode, tempFolder, trustKey, verify, writeFiles, writeModel } from './support.ts';

const PLAIN = { trust: [], integrityOnly: true } as const;

/** A signed model with a link to a file outside. */
let model: string;
let outside: string;

beforeEach(async () => {
  outside = writeFiles(tempFolder(), { secret: 'top secret' });
  model = writeModel({ 'weights.bin': 'numbers' });
  symlinkSync(path.join(outside, 'secret'), path.join(model, 'link'));
  await attest(model, { allowSymlinks: true });
});

test('a trusted statement that allows links has them followed', async () => {
  expect(await exitCode(model)).toBe(0);
  writeFiles(outside, { secret: 'changed' });
  expect(await exitCode(model)).toBe(1);
});

test('--integrity-only follows none, whatever a statement that nobody signed allows', async () => {
  const report = await verify(model, PLAIN);

  expect(report.result).toBe('fail');
  expect(report.changes).toEqual([{ path: 'link', change: 'refused' }]);
});

test('--integrity-only does not walk into a linked folder', async () => {
  mkdirSync(path.join(outside, 'folder'));
  writeFiles(path.join(outside, 'folder'), { inner: 'x' });
  symlinkSync(path.join(outside, 'folder'), path.join(model, 'into'));

  expect((await verify(model, PLAIN)).changes.map(({ path: at }) => at)).toEqual(['into', 'link']);
});

test('a stranger can allow none', async () => {
  const report = await verify(model, { trust: [trustKey('p384')] });

  expect(report.result).toBe('incomplete');
  expect(report.subject.files).toBe(1);
});

test('a trusted statement about another model, given among attestations, can allow none', async () => {
  const own = writeModel({ 'weights.bin': 'own' });
  await sign(own);
  symlinkSync(path.join(outside, 'secret'), path.join(own, 'link'));
  const report = await verify(own, { attestations: [path.join(model, 'model.attestations.jsonl')] });

  expect(report.result).toBe('fail');
  expect(report.changes).toContainEqual({ path: 'link', change: 'refused' });
});
