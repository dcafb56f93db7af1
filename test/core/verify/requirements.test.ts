import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { attest } from './attest-support.ts';
import { attested, FILES, pick } from './attested.ts';
import { bundleOf, omsStatement, resourcesOf } from './oms-support.ts';
import { checkOf, checksOf, exitCode, tempFolder, trustKey, verify, writeFiles, writeModel } from './support.ts';

const TEXTS = { 'config.json': '{}', 'weights.bin': 'numbers' };

describe('--require', () => {
  test.each([
    'model',
    'oms',
    'provenance',
    'manifest',
    'https://w3id.org/stemma/model/v1',
    'https://slsa.dev/provenance/v1',
  ])('%s is there after attest', async (type) => {
    expect(await exitCode(await attested(), { require: [type] })).toBe(0);
  });

  test.each(['evaluation', 'dataset', 'https://example.com/never/v1', 'Model', ''])('%j is missing', async (type) => {
    expect(await exitCode(await attested(), { require: [type] })).toBe(3);
  });

  test.each([
    ['oms', ['model.sig']],
    ['model', ['model.attestations.jsonl']],
    ['provenance', ['model.attestations.jsonl']],
    ['manifest', ['model.manifest.jsonl']],
    ['manifest', ['model.attestations.jsonl', 'model.manifest.jsonl']],
  ])('%s without %j is missing', async (type, removed) => {
    const model = await attested();
    for (const name of removed) rmSync(path.join(model, name));

    expect(await exitCode(model)).toBe(0);
    expect(await exitCode(model, { require: [type] })).toBe(3);
  });

  test('what a stranger signed does not count', async () => {
    const model = await attested();
    await attest(model, { key: 'p384' });
    rmSync(path.join(model, 'model.attestations.jsonl'));
    await attest(model, { key: 'p384' });

    expect(await exitCode(model)).toBe(0);
    expect(await exitCode(model, { require: ['provenance'] })).toBe(3);
    expect(await exitCode(model, { require: ['provenance'], trust: [trustKey('p256'), trustKey('p384')] })).toBe(0);
  });

  test('provenance of other bytes does not count', async () => {
    const model = writeModel(FILES);
    const other = writeModel({ 'weights.bin': 'other' });
    await attest(other);
    await attest(model, { modelSig: true });
    rmSync(path.join(model, 'model.attestations.jsonl'));

    expect(
      await exitCode(model, { require: ['provenance'], attestations: [path.join(other, 'model.attestations.jsonl')] }),
    ).toBe(3);
  });

  test('a required identity statement in the side files that differs fails', async () => {
    const model = writeModel(TEXTS);
    await attest(model, { modelSig: false });
    const line = JSON.stringify(await bundleOf(omsStatement(resourcesOf({ ...TEXTS, 'weights.bin': 'nunbers' }))));
    writeFileSync(path.join(model, 'model.attestations.jsonl'), `${line}\n`, { flag: 'a' });

    expect(await exitCode(model)).toBe(0);
    expect(await exitCode(model, { require: ['oms'] })).toBe(1);
  });

  test('a trusted statement of a type that we do not know can be required, and what it says stays unknown', async () => {
    const model = await attested();
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: pick('stemmaFileTreeV1') }],
      predicateType: 'https://example.com/audit/v1',
      predicate: {},
    };
    const attestations = [path.join(tempFolder(), 'audit.sigstore.json')];
    writeFiles(path.dirname(attestations[0] ?? ''), {
      'audit.sigstore.json': JSON.stringify(await bundleOf(statement)),
    });
    const report = await verify(model, { attestations, require: ['https://example.com/audit/v1'] });

    expect(report.result).toBe('pass');
    expect(checksOf(report, 'match.statement').at(-1)).toMatchObject({ outcome: 'unknown' });
  });

  const result = async (predicateType: string, predicate: object): Promise<string> => {
    const subject = [{ digest: pick('stemmaFileTreeV1') }];
    const statement = { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate };
    return path.join(
      writeFiles(tempFolder(), { 'x.sigstore.json': JSON.stringify(await bundleOf(statement)) }),
      'x.sigstore.json',
    );
  };
  const TEST_RESULT = 'https://in-toto.io/attestation/test-result/v0.1';
  const SUMMARY = 'https://slsa.dev/verification_summary/v1';
  const VERDICT = {
    verifier: { id: 'https://verify.example' },
    resourceUri: 'pkg:generic/model',
    policy: { uri: 'https://verify.example/policy' },
    verificationResult: 'PASSED',
  };

  test.each([
    ['evaluation', TEST_RESULT, { result: 'FAILED' }],
    [TEST_RESULT, TEST_RESULT, { result: 'FAILED' }],
    [SUMMARY, SUMMARY, { ...VERDICT, verificationResult: 'FAILED' }],
  ])('%s is not met by one that says itself that it failed, even beside a good one', async (type, found, predicate) => {
    const model = await attested();
    const failed = await result(found, predicate);
    const passed = await result(found, { ...VERDICT, result: 'PASSED' });
    const check = checkOf(await verify(model, { attestations: [passed, failed], require: [type] }), 'policy.require');

    expect(check).toMatchObject({ outcome: 'fail', message: expect.stringMatching(/: it says FAILED$/) });
    expect(await exitCode(model, { attestations: [failed] })).toBe(0);
  });

  test.each(['evaluation', TEST_RESULT])('%s is not met by one that names tests that failed', async (type) => {
    const attestations = [await result(TEST_RESULT, { result: 'PASSED', failedTests: ['a'] })];
    const check = checkOf(await verify(await attested(), { attestations, require: [type] }), 'policy.require');

    expect(check).toMatchObject({ outcome: 'fail', message: expect.stringMatching(/tests that failed \(1\)$/) });
  });

  test.each(['evaluation', TEST_RESULT])('%s is met by a test result that passed', async (type) => {
    const attestations = [await result(TEST_RESULT, { result: 'PASSED' })];
    const check = checkOf(await verify(await attested(), { attestations, require: [type] }), 'policy.require');

    expect(check).toMatchObject({ outcome: 'pass', message: expect.not.stringMatching(/not read/) });
  });

  test('another type is met by presence, and the report says that no more was read', async () => {
    const type = 'https://example.com/scan/v1';
    const attestations = [await result(type, {})];
    const check = checkOf(await verify(await attested(), { attestations, require: [type] }), 'policy.require');

    expect(check).toMatchObject({
      outcome: 'pass',
      message: expect.stringMatching(/: present; what it says is not read in this version$/),
    });
  });

  test('a summary of a verification is met by one that passed, and not by one that does not parse', async () => {
    const ask = async (predicate: object) =>
      checkOf(
        await verify(await attested(), { attestations: [await result(SUMMARY, predicate)], require: [SUMMARY] }),
        'policy.require',
      );

    expect(await ask(VERDICT)).toMatchObject({ outcome: 'pass', message: expect.not.stringMatching(/not read/) });
    expect(await ask({ ...VERDICT, verifier: undefined })).toMatchObject({ outcome: 'error', errorClass: 'malformed' });
  });

  test('what is required may lie in a source that could not be read, and is then not said to be missing', async () => {
    const model = await attested();
    mkdirSync(`${model}.attestations.jsonl`);
    const absent = checkOf(await verify(model, { require: ['evaluation'] }), 'policy.require');

    expect(absent).toMatchObject({ outcome: 'error', errorClass: 'unavailable' });
    expect(await exitCode(model, { require: ['evaluation'] })).toBe(5);
    expect(await exitCode(model, { require: ['provenance'] })).toBe(0);
  });

  test('nor where the source holds more lines than are ever read', async () => {
    const model = await attested();
    writeFileSync(path.join(model, 'model.attestations.jsonl'), '{}\n'.repeat(100_001));

    expect(await exitCode(model)).toBe(0);
    expect(await exitCode(model, { require: ['provenance'] })).toBe(4);
  });

  test('nothing can be required of evidence that nobody signed', async () => {
    await expect(
      verify(await attested(), { trust: [], integrityOnly: true, require: ['provenance'] }),
    ).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('--require-all', () => {
  test('a signature that names a trusted signer and is not his fails, though others pass', async () => {
    const model = await attested();
    const trusted = trustKey('p256');
    const hint = trusted.kind === 'key' ? trusted.key.hint : '';
    const line = JSON.stringify(await bundleOf(omsStatement(resourcesOf(TEXTS)), { key: 'p384', publicKey: { hint } }));
    writeFileSync(path.join(model, 'model.attestations.jsonl'), `${line}\n`, { flag: 'a' });

    expect(await exitCode(model)).toBe(0);
    expect(await exitCode(model, { requireAll: true })).toBe(1);
  });

  test('a stranger beside good evidence passes', async () => {
    const model = await attested();
    await attest(model, { key: 'p384' });

    expect(await exitCode(model, { requireAll: true })).toBe(0);
  });
});

describe('--strict-fs', () => {
  test('hard links fail there and are noted elsewhere', async () => {
    const model = await attested();
    expect(checksOf(await verify(model), 'match.hard-links')).toEqual([]);
    linkSync(path.join(model, 'config.json'), path.join(path.dirname(model), 'outside.json'));

    expect(checkOf(await verify(model), 'match.hard-links')).toMatchObject({ required: false, outcome: 'unknown' });
    expect(await exitCode(model, { strictFs: true })).toBe(1);
  });
});

describe('--max-bytes', () => {
  test('more than that is not read and not decided', async () => {
    const model = await attested();
    const bytes = FILES['model.safetensors'].length + FILES['config.json'].length;

    expect(await exitCode(model, { maxBytes: bytes })).toBe(0);
    expect(await exitCode(model, { maxBytes: bytes - 1 })).toBe(3);
    expect(await exitCode(model, { maxBytes: 0 })).toBe(3);
  });
});
