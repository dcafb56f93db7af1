import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { addToStore } from '../../../src/core/store/index.ts';
import type { Report } from '../../../src/core/verify/index.ts';
import { attest, digits, signerOf } from '../attest/support.ts';
import { tempDir } from '../model/support.ts';
import { objectsOf, plantLines, provenanceLine } from '../store/support.ts';
import { trustKey, verify } from './support.ts';

let dir: string;
let store: string;

/** base ← finetuned, signed by one key and kept in a store; and a copy of the fine-tune that nobody says anything about. */
beforeEach(async () => {
  dir = tempDir();
  store = path.join(dir, 'store');
  const base = digits(dir, 'base');
  const model = digits(dir, 'finetuned');
  digits(dir, 'merged');
  cpSync(model, path.join(dir, 'bare'), { recursive: true });
  await attest(base);
  await attest(model, {
    bases: [{ relation: 'finetuned-from', relationGiven: true, reference: { kind: 'path', path: base } }],
    copyParentEvidence: false,
  });
  await addToStore({ store, paths: [base, model] });
});

const verifyIn = (name: string, overrides: Parameters<typeof verify>[1] = {}): Promise<Report> =>
  verify(path.join(dir, name), { trust: [trustKey('p256')], store, ...overrides });
const strip = (name: string): void => {
  for (const file of readdirSync(path.join(dir, name)))
    if (file.startsWith('model.') && !file.endsWith('.safetensors')) rmSync(path.join(dir, name, file));
};
const ancestors = { trust: [trustKey('p256')] };

describe('verify with a store', () => {
  it('finds what was said of bytes that carry no evidence', async () => {
    expect((await verify(path.join(dir, 'bare'), { trust: [trustKey('p256')] })).result).toBe('incomplete');

    const report = await verifyIn('bare', { require: ['provenance', 'manifest'] });

    expect(report.verdict).toContain('verified: every byte as signed');
    expect(report.result).toBe('pass');
  });

  it('finds the evidence of ancestors that does not travel with the model', async () => {
    const alone = await verify(path.join(dir, 'finetuned'), { trust: [trustKey('p256')], ancestors });
    expect(alone.result).toBe('incomplete');

    expect((await verifyIn('finetuned', { ancestors })).result).toBe('pass');
    expect((await verifyIn('bare', { ancestors })).result).toBe('pass');
  });

  it('believes nobody in it whom the caller does not trust', async () => {
    expect((await verifyIn('bare', { trust: [trustKey('p384')] })).result).toBe('incomplete');
  });

  it('takes nothing that is about another model', async () => {
    const report = await verifyIn('merged');

    expect(report.result).toBe('incomplete');
    expect(report.signers).toEqual([]);
  });

  it('notices one changed byte all the same', async () => {
    const file = path.join(dir, 'finetuned/model.safetensors');
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    writeFileSync(file, bytes);

    expect((await verifyIn('finetuned')).result).toBe('fail');
  });

  it("does not pass a base's bytes in the folder of its child", async () => {
    for (const file of ['model.safetensors', 'config.json', 'README.md'])
      cpSync(path.join(dir, 'base', file), path.join(dir, 'finetuned', file));

    expect((await verifyIn('finetuned')).result).toBe('fail');
    rmSync(path.join(dir, 'finetuned/model.sig'));
    expect((await verifyIn('finetuned')).result).not.toBe('pass');
  });

  it('leaves --signature the only identity evidence', async () => {
    const other = path.join(dir, 'other.sig');
    writeFileSync(other, await provenanceLine('nothing', []));

    expect((await verifyIn('bare', { signature: other })).result).not.toBe('pass');
  });

  it('is an error where there is no store', async () => {
    await expect(verifyIn('bare', { store: path.join(dir, 'nowhere') })).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
    });
  });
});

describe('a poisoned store changes no verdict', () => {
  const verdicts = async (): Promise<readonly Report['result'][]> => [
    (await verifyIn('bare')).result,
    (await verifyIn('finetuned', { ancestors })).result,
    (await verifyIn('merged')).result,
  ];
  const CLEAN = ['pass', 'pass', 'incomplete'] as const;
  const plantJunk = (): void =>
    plantLines(store, ['not JSON', '{}', '{"payload":"AAAA","payloadType":"x","signatures":[]}', '['.repeat(100_000)]);

  it('with junk in it, which is said', async () => {
    plantJunk();

    expect(await verdicts()).toEqual(CLEAN);
    expect((await verifyIn('bare')).warnings).toContain(
      'objects of the store are damaged and not used (4): see stemma store check',
    );
  });

  it('with thousands of statements about other models, and of nobody', async () => {
    plantLines(
      store,
      await Promise.all(Array.from({ length: 3000 }, (_, i) => provenanceLine(`m${i}`, [`m${i + 1}`]))),
    );

    expect(await verdicts()).toEqual(CLEAN);
    expect((await verifyIn('bare')).evidence.reduce((sum, { statements }) => sum + statements, 0)).toBeLessThan(10);
  });

  it('with the same statements signed by somebody else', async () => {
    const copy = path.join(dir, 'copy');
    cpSync(path.join(dir, 'bare'), copy, { recursive: true });
    await attest(copy, { signer: await signerOf('p384') });
    await addToStore({ store, paths: [copy] });

    expect(await verdicts()).toEqual(CLEAN);
    expect((await verifyIn('bare')).signers.map(({ trustedAs }) => trustedAs)).toEqual(['p256.pub']);
  });

  it('with a good signature put under another payload', async () => {
    const lines = objectsOf(store).map((file) => readFileSync(file, 'utf8'));
    const parsed = lines.map((line) => JSON.parse(line) as { dsseEnvelope: { payload: string } });
    const [first] = parsed;
    const swapped = parsed.map((each) => ({
      ...each,
      dsseEnvelope: { ...each.dsseEnvelope, payload: first?.dsseEnvelope.payload },
    }));
    plantLines(
      store,
      swapped.map((each) => JSON.stringify(each)),
    );
    expect(await verdicts()).toEqual(CLEAN);

    for (const file of objectsOf(store)) rmSync(file);
    plantLines(
      store,
      swapped.slice(1).map((each) => JSON.stringify(each)),
    );
    strip('finetuned');
    expect(await verdicts()).toEqual(['incomplete', 'incomplete', 'incomplete']);
  });

  it('with an index that leads elsewhere', async () => {
    await verdicts();
    const db = new DatabaseSync(path.join(store, 'index.sqlite'));
    // Every statement is said to be about everything.
    db.exec('INSERT OR IGNORE INTO subjects SELECT s.id, t.id FROM sets s, statements t');
    db.close();

    expect(await verdicts()).toEqual(CLEAN);
  });

  it('with links in the place of its objects, which are not followed', async () => {
    for (const file of objectsOf(store)) {
      const moved = path.join(dir, path.basename(file));
      cpSync(file, moved);
      rmSync(file);
      symlinkSync(moved, file);
    }

    expect((await verifyIn('bare')).result).not.toBe('pass');
    expect((await verifyIn('finetuned')).result).toBe('pass');
  });

  it('with manifests that are not what the statements name', async () => {
    for (const file of objectsOf(store, 'manifests')) writeFileSync(file, 'junk\n');

    expect(await verdicts()).toEqual(CLEAN);
    expect((await verifyIn('bare', { require: ['manifest'] })).result).not.toBe('pass');
  });
});
