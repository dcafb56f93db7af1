import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DigestSet } from '../../../src/core/digest/index.ts';
import { digestModel } from '../../../src/core/model/index.ts';
import { attest } from './attest-support.ts';
import { bundleOf, omsStatement, resourcesOf } from './oms-support.ts';
import {
  checkOf,
  checksOf,
  exitCode,
  safetensors,
  tempFolder,
  trustKey,
  verify,
  writeFiles,
  writeModel,
} from './support.ts';

const FILES = { 'config.json': '{}', 'model.safetensors': safetensors({ a: [1, 2], b: [3] }) };
const TEXTS = { 'config.json': '{}', 'weights.bin': 'numbers' };

let digests: DigestSet;

async function attested(): Promise<string> {
  const model = writeModel(FILES);
  await attest(model);
  return model;
}

beforeAll(async () => {
  const model = writeModelForAll();
  const { trees } = await digestModel(model, {
    ignored: [],
    opaque: [],
    allowSymlinks: false,
    segmentHash: 'blake3',
    phase: 'test',
  });
  digests = trees.digests;
  rmSync(path.dirname(model), { recursive: true });
});

const pick = (...keys: readonly string[]): DigestSet =>
  Object.fromEntries(keys.map((key) => [key, digests[key] ?? '']));
const WRONG = '0'.repeat(64);

describe('--expect', () => {
  test('the set that digest prints passes, whole or by any key that was recomputed', async () => {
    const model = await attested();

    expect(Object.keys(digests)).toEqual(['sha256', 'stemmaFileTreeV1', 'stemmaSegmentTreeBlake3V1']);
    expect(await exitCode(model, { expect: pick('sha256', 'stemmaFileTreeV1') })).toBe(0);
    expect(await exitCode(model, { expect: pick('stemmaFileTreeV1') })).toBe(0);
    expect(await exitCode(model, { expect: pick('stemmaSegmentTreeBlake3V1'), mode: 'fast' })).toBe(0);
    expect(await exitCode(model, { expect: digests, mode: 'full' })).toBe(0);
  });

  test.each(['sha256', 'stemmaFileTreeV1'])('a wrong %s beside right keys fails', async (key) => {
    expect(await exitCode(await attested(), { expect: { ...digests, [key]: WRONG } })).toBe(1);
  });

  test('a key that this run did not recompute decides nothing', async () => {
    const model = await attested();

    expect(await exitCode(model, { expect: pick('stemmaSegmentTreeBlake3V1') })).toBe(3);
    expect(await exitCode(model, { expect: pick('stemmaFileTreeV1'), mode: 'fast' })).toBe(3);
    expect(await exitCode(model, { expect: { stemmaLogTreeV1: WRONG } })).toBe(3);
    expect(await exitCode(model, { expect: digests, mode: 'fast' })).toBe(3);
    expect(
      checkOf(
        await verify(model, { expect: { ...pick('stemmaFileTreeV1'), stemmaSegmentTreeBlake3V1: WRONG } }),
        'match.expect',
      ),
    ).toMatchObject({
      outcome: 'unknown',
      message: 'stemmaFileTreeV1 as expected, but this run did not recompute stemmaSegmentTreeBlake3V1',
      hint: expect.stringContaining('--full'),
    });
    expect(await exitCode(model, { expect: { ...digests, sha512: WRONG.repeat(2) }, mode: 'full' })).toBe(3);
    expect(
      await exitCode(model, {
        expect: { ...pick('stemmaFileTreeV1'), stemmaSegmentTreeBlake3V1: WRONG },
        mode: 'full',
      }),
    ).toBe(1);
  });

  test("a folder's sha256 alone binds no names", async () => {
    expect(checkOf(await verify(await attested(), { expect: pick('sha256') }), 'match.expect')).toMatchObject({
      outcome: 'unknown',
      message: expect.stringMatching(/names not bound/),
    });
  });

  test('the file tree is recomputed for an OMS statement alone as well', async () => {
    const model = await attested();
    rmSync(path.join(model, 'model.attestations.jsonl'));

    expect(await exitCode(model, { expect: pick('sha256', 'stemmaFileTreeV1') })).toBe(0);
    expect(await exitCode(model, { expect: { ...digests, stemmaFileTreeV1: WRONG } })).toBe(1);
  });

  test('nothing that nobody trusted signed can be the expected one', async () => {
    const report = await verify(await attested(), { expect: digests, trust: [trustKey('p384')] });

    expect(checkOf(report, 'match.expect').outcome).toBe('unknown');
  });
});

describe('--expect-name', () => {
  test('is the name that a trusted signer gave', async () => {
    const model = writeModel(FILES);
    await attest(model, { name: 'digits v1' });

    expect(await exitCode(model, { expectName: 'digits v1' })).toBe(0);
    // model.sig has the folder's own name, as OMS wants it.
    expect(await exitCode(model, { expectName: 'digits v2' })).toBe(1);
    expect(await exitCode(model, { expectName: 'digits v1', trust: [trustKey('p384')] })).toBe(3);
  });

  test.each(['Model', 'model ', 'mode', ''])('takes nothing but the very name, so not %j', async (expectName) => {
    expect(await exitCode(await attested(), { expectName })).toBe(1);
  });
});

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

  test.each([
    ['evaluation', TEST_RESULT, { result: 'FAILED' }],
    [TEST_RESULT, TEST_RESULT, { result: 'FAILED' }],
    [SUMMARY, SUMMARY, { verificationResult: 'FAILED' }],
  ])('%s is not met by one that says itself that it failed, even beside a good one', async (type, found, predicate) => {
    const model = await attested();
    const failed = await result(found, predicate);
    const passed = await result(found, { result: 'PASSED', verificationResult: 'PASSED' });
    const check = checkOf(await verify(model, { attestations: [passed, failed], require: [type] }), 'policy.require');

    expect(check).toMatchObject({ outcome: 'fail', message: expect.stringMatching(/: it says FAILED$/) });
    expect(await exitCode(model, { attestations: [failed] })).toBe(0);
  });

  test.each(['evaluation', TEST_RESULT])('%s is met by a test result that passed', async (type) => {
    const attestations = [await result(TEST_RESULT, { result: 'PASSED' })];
    const check = checkOf(await verify(await attested(), { attestations, require: [type] }), 'policy.require');

    expect(check).toMatchObject({ outcome: 'pass', message: expect.not.stringMatching(/not read/) });
  });

  test.each([[SUMMARY, SUMMARY, {}]])(
    '%s is met by presence, and the report says that no more was read',
    async (type, found, predicate) => {
      const attestations = [await result(found, predicate)];
      const check = checkOf(await verify(await attested(), { attestations, require: [type] }), 'policy.require');

      expect(check).toMatchObject({
        outcome: 'pass',
        message: expect.stringMatching(/: present; what it says is not read in this version$/),
      });
    },
  );

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

/** Outside any test, so nothing removes it but the caller. */
function writeModelForAll(): string {
  return writeFiles(path.join(mkdtempSync(path.join(tmpdir(), 'stemma-verify-')), 'model'), FILES);
}
