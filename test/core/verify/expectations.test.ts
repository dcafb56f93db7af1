import { rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { attest } from './attest-support.ts';
import { attested, digests, FILES, pick } from './attested.ts';
import { checkOf, exitCode, trustKey, verify, writeModel } from './support.ts';

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
