import path from 'node:path';
import { expect, test } from 'vitest';
import { attest, sign } from './attest-support.ts';
import { omsStatement, putSignature, resourcesOf } from './oms-support.ts';
import { checkOf, exitCode, requiredChecks, tempFolder, trustKey, verify, writeFiles, writeModel } from './support.ts';

const FILES = { 'config.json': '{}', 'weights.bin': 'numbers' };

/** Attested with P-256, and a signature of the same or other contents elsewhere. */
async function signedElsewhere(contents: Readonly<Record<string, string>>, serialization = {}, name = 'model') {
  const model = writeModel(FILES);
  await attest(model);
  const signature = path.join(tempFolder(), 'elsewhere.sig');
  const ignore_paths = ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'];
  const statement = omsStatement(resourcesOf(contents), { ignore_paths, ...serialization }, name);
  await putSignature(model, statement, { at: signature });
  return { model, signature };
}

test('what --signature names is the only identity evidence: good side files do not help', async () => {
  const { model, signature } = await signedElsewhere({ ...FILES, 'weights.bin': 'nunbers' });

  expect(await exitCode(model)).toBe(0);
  expect(requiredChecks(await verify(model, { signature }))).toEqual(['match.identity fail']);
});

test('another model behind --signature fails, and a stranger there is missing evidence', async () => {
  const { model, signature } = await signedElsewhere({ 'other.bin': 'x' });

  expect(await exitCode(model, { signature })).toBe(1);
  await putSignature(model, omsStatement(resourcesOf(FILES)), { key: 'p384', at: signature });
  expect(await exitCode(model, { signature })).toBe(3);
});

test('a signature that names the trusted key and is not its own fails', async () => {
  const { model, signature } = await signedElsewhere(FILES);
  const trusted = trustKey('p256');
  const hint = trusted.kind === 'key' ? trusted.key.hint : '';
  await putSignature(model, omsStatement(resourcesOf(FILES)), { key: 'p384', publicKey: { hint }, at: signature });

  expect(await exitCode(model, { signature })).toBe(1);
});

test('the name, the expectation and what is not covered are those of that signature alone', async () => {
  const { model, signature } = await signedElsewhere(
    { 'config.json': '{}' },
    { ignore_paths: ['weights.bin', 'model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'] },
    'other',
  );

  const report = await verify(model, { signature, expectName: 'other' });
  expect(report.result).toBe('pass');
  expect(report.verdict).toBe(
    'verified: every covered byte as signed, under the name "other" in "elsewhere.sig"; 1 path is not covered',
  );
  expect(report.notCovered.map(({ path: left }) => left)).toEqual(['weights.bin']);
  expect(await exitCode(model, { signature, expectName: 'model' })).toBe(1);
});

test('a model.sig that differs is no evidence beside --signature', async () => {
  const { model, signature } = await signedElsewhere({ ...FILES, 'weights.bin': 'nunbers' });
  writeFiles(model, { 'weights.bin': 'nunbers' });

  expect(await exitCode(model)).toBe(1);
  expect(await exitCode(model, { signature })).toBe(0);
});

test('with --fast there is nothing to compare a signature with', async () => {
  const { model, signature } = await signedElsewhere(FILES);
  const report = await verify(model, { signature, mode: 'fast' });

  expect(checkOf(report, 'match.identity')).toMatchObject({
    outcome: 'missing',
    message: expect.stringMatching(/--fast/),
  });
});

test('a --signature that does not exist is a mistake of the caller', async () => {
  const { model } = await signedElsewhere(FILES);

  await expect(verify(model, { signature: path.join(model, 'no.sig') })).rejects.toMatchObject({
    code: 'PATH_NOT_FOUND',
  });
});

test.each(['', '{}', 'model', '[]'])('a --signature that holds %j is malformed', async (text) => {
  const { model } = await signedElsewhere(FILES);
  const signature = path.join(writeFiles(tempFolder(), { 'x.sig': text }), 'x.sig');

  expect(await exitCode(model, { signature })).toBe(4);
});

test('a model.sig by a trusted signer that differs fails, whatever else matches', async () => {
  const model = writeModel(FILES);
  await attest(model);
  await putSignature(model, omsStatement(resourcesOf({ ...FILES, 'weights.bin': 'nunbers' })));

  expect(requiredChecks(await verify(model))).toEqual(['match.identity pass', 'match.model-sig fail']);
});

test('a model.sig by a stranger that differs changes nothing', async () => {
  const model = writeModel(FILES);
  await attest(model);
  await putSignature(model, omsStatement(resourcesOf({ x: 'y' })), { key: 'p384' });

  expect(await exitCode(model)).toBe(0);
});

test('what stemma sign writes under a name of its own verifies under that name', async () => {
  const model = writeModel(FILES);
  const signature = path.join(model, 'sub/release.sig');
  writeFiles(model, { 'sub/x': 'y' });
  await sign(model, { signature });

  expect(await exitCode(model, { signature })).toBe(0);
  expect(await exitCode(model)).toBe(3);
  writeFiles(model, { 'sub/x': 'z' });
  expect(await exitCode(model, { signature })).toBe(1);
});
