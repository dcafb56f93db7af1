import { renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bundleOf, omsStatement, putSignature, type Resource, resourcesOf } from './oms-support.ts';
import {
  checkOf,
  exitCode,
  type KeyName,
  type Overrides,
  tempFolder,
  trustKey,
  verify,
  writeFiles,
  writeModel,
} from './support.ts';

const FILES = { 'config.json': '{}', 'weights.bin': 'numbers' };
const BOTH = [trustKey('p256'), trustKey('p384')];
const SIDE_FILES = ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'];

interface Signed {
  readonly key: Exclude<KeyName, 'leaf'>;
  readonly ignored?: readonly string[];
  readonly resources?: readonly Resource[];
  readonly allow_symlinks?: boolean;
}

/** A line of an attestations file: an OMS statement about all of FILES but what it ignores. */
async function line({ key, ignored = [], resources, allow_symlinks = false }: Signed): Promise<string> {
  const listed = resources ?? resourcesOf(FILES).filter(({ name }) => !ignored.includes(name));
  const statement = omsStatement(listed, { allow_symlinks, ignore_paths: [...SIDE_FILES, ...ignored] });
  return JSON.stringify(await bundleOf(statement, { key }));
}

async function model(...signed: readonly Signed[]): Promise<string> {
  const lines = await Promise.all(signed.map(line));
  return writeFiles(writeModel(FILES), { 'model.attestations.jsonl': lines.map((text) => `${text}\n`).join('') });
}

const two = (at: string, overrides: Overrides = {}): Promise<number> =>
  exitCode(at, { trust: BOTH, threshold: 2, ...overrides });

test('two signers who cover every file meet a threshold of two', async () => {
  expect(await two(await model({ key: 'p256' }, { key: 'p384' }))).toBe(0);
});

test('one signer does not, whatever he signs and however often', async () => {
  const again = { key: 'p256', resources: resourcesOf(FILES).toReversed() } as const;

  expect(await two(await model({ key: 'p256' }))).toBe(3);
  expect(await two(await model({ key: 'p256' }, { key: 'p256' }, again))).toBe(3);
});

test('one key under two names is one signer', async () => {
  const at = await model({ key: 'p256' }, { key: 'p256', resources: resourcesOf(FILES).toReversed() });

  expect(await two(at, { trust: [trustKey('p256', 'alice.pub'), trustKey('p256', 'bob.pub')] })).toBe(3);
});

test('a second signer who is not trusted does not count', async () => {
  expect(await two(await model({ key: 'p256' }, { key: 'p521' }))).toBe(3);
});

test('a second signer whose bytes differ does not count', async () => {
  const others = resourcesOf({ ...FILES, 'weights.bin': 'nunbers' });
  const report = await verify(await model({ key: 'p256' }, { key: 'p384', resources: others }), {
    trust: BOTH,
    threshold: 2,
  });

  expect(checkOf(report, 'match.identity').outcome).toBe('fail');
});

test('two statements with complementary ignores cover no file twice', async () => {
  const at = await model({ key: 'p256', ignored: ['weights.bin'] }, { key: 'p384', ignored: ['config.json'] });
  const report = await verify(at, { trust: BOTH, threshold: 2 });

  expect(checkOf(report, 'match.identity')).toMatchObject({
    outcome: 'missing',
    message: expect.stringContaining('"config.json"'),
  });
});

test('the file that only one signer covers is named', async () => {
  const at = await model({ key: 'p256' }, { key: 'p384', ignored: ['weights.bin'] });

  expect(checkOf(await verify(at, { trust: BOTH, threshold: 2 }), 'match.identity').message).toContain('"weights.bin"');
  expect(await two(at, { ignore: ['weights.bin'] })).toBe(0);
});

test('a file that all signers leave out is covered by none', async () => {
  const ignored = ['weights.bin'];

  expect(await two(await model({ key: 'p256', ignored }, { key: 'p384', ignored }))).toBe(3);
});

test('a link that all signers leave out is covered by none', async () => {
  const at = await model({ key: 'p256', ignored: ['link'] }, { key: 'p384', ignored: ['link'] });
  symlinkSync('weights.bin', path.join(at, 'link'));

  expect(await two(at)).toBe(3);
  expect((await verify(at, { trust: BOTH })).notCovered.map(({ path: left }) => left)).toEqual(['link']);
});

test('weights behind a followed link must be covered by every signer like any other file', async () => {
  const all = { allow_symlinks: true } as const;
  const at = await model({ key: 'p256', ...all }, { key: 'p384', ...all, ignored: ['weights.bin'] });
  renameSync(path.join(at, 'weights.bin'), path.join(path.dirname(at), 'elsewhere.bin'));
  symlinkSync('../elsewhere.bin', path.join(at, 'weights.bin'));

  expect(await exitCode(at, { trust: BOTH })).toBe(0);
  expect(await two(at)).toBe(3);
});

test('a followed link that the only signer leaves out is reported as not covered', async () => {
  const at = await model({ key: 'p256', allow_symlinks: true, ignored: ['weights.bin'] });
  renameSync(path.join(at, 'weights.bin'), path.join(path.dirname(at), 'elsewhere.bin'));
  symlinkSync('../elsewhere.bin', path.join(at, 'weights.bin'));

  expect((await verify(at)).notCovered.map(({ path: left }) => left)).toEqual(['weights.bin']);
});

test('files that nobody lists keep a threshold from being met, though they may pass', async () => {
  const at = writeFiles(await model({ key: 'p256' }, { key: 'p384' }), { 'new.txt': 'x' });

  expect(await exitCode(at, { trust: BOTH, ignoreUnsignedFiles: true })).toBe(0);
  expect(await two(at, { ignoreUnsignedFiles: true })).toBe(3);
});

test('a single file needs two signers as a folder does', async () => {
  const file = path.join(writeFiles(tempFolder(), { 'w.bin': 'numbers' }), 'w.bin');
  const statement = omsStatement(resourcesOf({ 'w.bin': 'numbers' }), {}, 'w.bin');
  await putSignature(file, statement, { at: `${file}.sig` });

  expect(await two(file)).toBe(3);
  await putSignature(file, statement, { key: 'p384', at: `${file}.attestations.jsonl` });
  expect(await two(file)).toBe(0);
});

test.each([0, -1, 1.5, Number.NaN])('a threshold of %d is refused', async (threshold) => {
  await expect(verify(await model({ key: 'p256' }), { threshold })).rejects.toMatchObject({ code: 'USAGE' });
});

test('a threshold beyond the signers that exist is not met', async () => {
  expect(await two(await model({ key: 'p256' }, { key: 'p384' }), { threshold: 3 })).toBe(3);
});
