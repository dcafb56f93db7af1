import { readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectCode, modelOf, tempDir, tensorsNamed } from '../model/support.ts';
import { attest, kindsOf, SIDE_FILES, sign, signerOf, smallModel, snapshot, statementsOf } from './support.ts';

describe('attesting a model', () => {
  it('writes three files, and nothing else', async () => {
    const model = smallModel();
    const result = await attest(model);
    expect([...result.written].toSorted()).toEqual(SIDE_FILES);
    expect(readdirSync(model).toSorted()).toEqual([
      'config.json',
      ...SIDE_FILES.slice(0, 2),
      'model.safetensors',
      'model.sig',
    ]);
    expect(readdirSync(path.dirname(model))).toEqual(['model']);
    expect(kindsOf(model)).toEqual(['model/v1', 'provenance/v1']);
    expect(result.oms).toBe('file');
  });

  it('a second time changes no byte and says so', async () => {
    const model = smallModel();
    await attest(model);
    const before = snapshot(model);
    const again = await attest(model);
    expect([again.written, again.appended]).toEqual([[], 0]);
    expect(snapshot(model)).toEqual(before);
  });

  it('a second time changes no byte with --force either', async () => {
    const model = smallModel();
    await attest(model);
    expect((await attest(model, { force: true })).written).toEqual([]);
  });

  it('signed first by `sign` keeps that signature, which is the same', async () => {
    const model = smallModel();
    await sign(model);
    const { written } = await attest(model);
    expect(written).not.toContain('model.sig');
    expect((await sign(model)).written).toBe(false);
  });

  it('that is a single file writes three files beside it', async () => {
    const folder = modelOf({ 'w.safetensors': tensorsNamed('w'), 'other.txt': 'x' });
    await attest(path.join(folder, 'w.safetensors'));
    expect(readdirSync(folder).toSorted()).toEqual([
      'other.txt',
      'w.safetensors',
      'w.safetensors.attestations.jsonl',
      'w.safetensors.manifest.jsonl',
      'w.safetensors.sig',
    ]);
  });

  it('writes elsewhere with --output-dir, which it makes', async () => {
    const model = smallModel();
    const before = snapshot(model);
    const outputDir = path.join(tempDir(), 'a/b');
    await attest(model, { outputDir });
    expect(snapshot(model)).toEqual(before);
    expect(readdirSync(outputDir).toSorted()).toEqual(SIDE_FILES);
    expect((await attest(model, { outputDir })).written).toEqual([]);
  });

  it.each([
    ['no model.sig with --no-model-sig', { modelSig: false }, SIDE_FILES.slice(0, 2)],
    ['no manifest with --no-manifest', { manifest: false }, ['model.attestations.jsonl', 'model.sig']],
  ])('writes %s', async (_, overrides, expected) => {
    const model = smallModel();
    await attest(model, overrides);
    expect(
      readdirSync(model)
        .filter((name) => SIDE_FILES.includes(name))
        .toSorted(),
    ).toEqual(expected);
  });
});

describe('an --output-dir', () => {
  it.each(['evidence', 'deep/evidence'])('inside the model is refused: %s', async (folder) => {
    const model = smallModel();
    const before = snapshot(model);
    await expectCode(attest(model, { outputDir: path.join(model, folder) }), 'USAGE');
    expect(snapshot(model)).toEqual(before);
  });

  it('inside the model by a link is refused', async () => {
    const model = smallModel();
    const link = path.join(tempDir(), 'link');
    symlinkSync(model, link);
    await expectCode(attest(model, { outputDir: path.join(link, 'evidence') }), 'USAGE');
  });

  it('inside the model is taken where it is left out', async () => {
    const model = smallModel();
    await attest(model, { outputDir: path.join(model, 'evidence'), ignore: ['evidence'] });
    expect(readdirSync(path.join(model, 'evidence'))).toHaveLength(3);
    expect((await attest(model, { outputDir: path.join(model, 'evidence'), ignore: ['evidence'] })).written).toEqual(
      [],
    );
  });

  it('that is the model is the default place', async () => {
    const model = smallModel();
    await attest(model, { outputDir: model });
    expect(readdirSync(model)).toHaveLength(5);
  });
});

describe('keys that OMS refuses', () => {
  it.each(['ed25519', 'secp256k1'])('%s is refused before anything is read', async (name) => {
    const signer = await signerOf(name);
    await expectCode(attest('/nowhere', { signer }), 'KEY_TYPE_REFUSED');
    await expectCode(sign('/nowhere', { signer }), 'KEY_TYPE_REFUSED');
  });

  it.each(['ed25519', 'secp256k1'])('%s signs statements with --no-model-sig', async (name) => {
    const model = smallModel();
    const signer = await signerOf(name);
    expect((await attest(model, { signer, modelSig: false })).oms).toBe('none');
    expect(statementsOf(model).map(({ hint }) => hint)).toEqual([signer.publicKey.hint, signer.publicKey.hint]);
  });
});
