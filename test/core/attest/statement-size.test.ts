import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  requireListable,
  requireReadable,
  requireVerified,
  tooManyForLine,
} from '../../../src/core/attest/statement-size.ts';
import { MAX_BUNDLE_BYTES, parseBundle, writeBundle } from '../../../src/core/attestation/index.ts';
import { encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { expectCode } from '../model/support.ts';
import { attest, auditor, kindsOf, sign, smallModel, snapshot, trainer } from './support.ts';

describe('the size of a bundle', () => {
  it('may be what is read back, and not one byte more', async () => {
    const most = 'x'.repeat(MAX_BUNDLE_BYTES);
    expect(() => requireReadable(most, '')).not.toThrow();
    await expectCode(
      Promise.resolve().then(() => parseBundle(most, 'x')),
      'JSON_INVALID',
    );
    for (const read of [() => requireReadable(`${most}x`, ''), () => parseBundle(`${most}x`, 'x')]) {
      await expectCode(Promise.resolve().then(read), 'TOO_LARGE');
    }
  });

  it('is told from the number of files alone', async () => {
    const files = (count: number) => Array.from({ length: count }, (_, i) => ({ path: `layers/${i}.bin` }));
    expect(() => requireListable(files(300_000), '')).not.toThrow();
    await expectCode(
      Promise.resolve().then(() => requireListable(files(450_000), '')),
      'TOO_LARGE',
    );
  });
});

const LINE = 'x.attestations.jsonl';
const line = (payload: string): string =>
  writeBundle({ payload: encodeUtf8(payload), signature: new Uint8Array(8), hint: 'x' });

describe('an attestations file', () => {
  it.each([
    ['a million values', [',', ','.repeat(999_997)]],
    ['10,000 lines', Array.from({ length: 10_000 }, (_, i) => `${i}`)],
    ['lines that are no bundles', ['', '{', '[]']],
  ])('may hold %s', (_, payloads) => {
    const text = payloads.map((payload) => (payload === '{' ? payload : line(payload))).join('\n');
    expect(() => requireVerified(LINE, encodeUtf8(text))).not.toThrow();
  });

  it.each([
    [
      'one value more',
      [',', ','.repeat(999_998)],
      'from line 2 on: more evidence than one run reads: at most 1000000 values',
    ],
    ['10,001 lines', Array.from({ length: 10_001 }, (_, i) => `${i}`), 'from line 10001 on'],
  ])('may not hold %s', async (_, payloads, message) => {
    const text = payloads.map(line).join('\n');
    const refused = Promise.resolve().then(() => requireVerified(LINE, encodeUtf8(text)));
    expect((await expectCode(refused, 'TOO_LARGE')).message).toContain(message);
  });
});

describe('an OMS signature of more files than are read as a line', () => {
  /** What counts is found in names as well: some hundred files do. */
  const FOLDERS = Array.from({ length: 14 }, () => ','.repeat(250)).join('/');
  const large = (): string => {
    const model = smallModel();
    mkdirSync(path.join(model, FOLDERS), { recursive: true });
    for (let i = 0; i < 290; i++) writeFileSync(path.join(model, FOLDERS, `${i}`), '');
    return model;
  };

  it('is told from the paths', () => {
    const files = (count: number) => Array.from({ length: count }, (_, i) => ({ path: `layers/${i}.bin` }));
    expect(tooManyForLine(files(250_000), '')).toBeUndefined();
    expect(tooManyForLine(files(250_001), '')?.code).toBe('TOO_LARGE');
  });

  it('is not put beside the one of somebody else, and nothing is hashed for it', async () => {
    const model = large();
    await sign(model, { signer: auditor });
    const before = snapshot(model);
    const phases: string[] = [];

    const error = await expectCode(attest(model, { onProgress: ({ phase }) => phases.push(phase) }), 'TOO_LARGE');

    expect(error.hint).toContain('--no-model-sig');
    expect([phases, snapshot(model)]).toEqual([[], before]);
    await attest(model, { modelSig: false });
    expect(kindsOf(model)).toEqual(['model/v1', 'provenance/v1']);
  });

  it('stands alone, and in the place of another one', async () => {
    const model = large();
    expect((await attest(model)).oms).toBe('file');
    rmSync(path.join(model, 'model.attestations.jsonl'));
    await expectCode(attest(model, { signer: auditor }), 'TOO_LARGE');
    expect((await attest(model, { signer: auditor, force: true })).oms).toBe('file');
  });

  it('is not written to a file that is read line by line', async () => {
    const model = large();
    const signature = path.join(path.dirname(model), 'signatures.jsonl');
    const error = await expectCode(sign(model, { signature, signer: trainer }), 'TOO_LARGE');
    expect(error.hint).toContain('stemma attest --no-model-sig');
    await sign(model, { signature: `${signature}.sig` });
  });
});
