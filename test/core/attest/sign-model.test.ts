import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOms } from '../../../src/core/attestation/index.ts';
import { VERIFY_DEFAULTS } from '../../../src/core/defaults.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { parseCertificates } from '../../../src/core/keys/index.ts';
import { exitCodeOf, type TrustEntry, verifyModel } from '../../../src/core/verify/index.ts';
import { expectCode, modelOf, tempDir, tensorsNamed } from '../model/support.ts';
import { attest, auditor, KEYS, linesOf, readBundle, sign, signerOf, smallModel, snapshot } from './support.ts';

const certificates = (...names: readonly string[]): Uint8Array[] =>
  names.flatMap((name) => parseCertificates(readFileSync(path.join(KEYS, `${name}.pem`))));
const leaf = await signerOf('leaf');

function omsOf(file: string) {
  const { statement, bundle } = readBundle(linesOf(file)[0] ?? '');
  return { bundle, oms: parseOms(statement, sha256) };
}

/** The exit code of `stemma verify` over the report. */
async function exitOf(model: string, trust: TrustEntry, signature?: string): Promise<number> {
  const report = await verifyModel({
    ...VERIFY_DEFAULTS,
    model,
    trust: [trust],
    at: new Date('2026-06-01T00:00:00Z'),
    version: '0',
    ...(signature === undefined ? {} : { signature }),
  });
  return exitCodeOf(report);
}
const roots: TrustEntry = { kind: 'anchors', label: 'root', anchors: certificates('root') };

describe('signing a model', () => {
  it('writes model.sig alone, with the names of our files ignored', async () => {
    const model = smallModel();
    const result = await sign(model);
    expect(readdirSync(model).toSorted()).toEqual(['config.json', 'model.safetensors', 'model.sig']);
    expect(result).toMatchObject({ name: 'model', files: 2, method: 'key', signature: 'model.sig', written: true });
    const { oms } = omsOf(path.join(model, 'model.sig'));
    expect(oms.ignorePaths).toEqual([
      '.cache/huggingface',
      '.git',
      '.gitattributes',
      '.github',
      '.gitignore',
      'model.attestations.jsonl',
      'model.manifest.jsonl',
      'model.sig',
    ]);
  });

  it('that is a single file writes a signature beside it, which lists the file by its name', async () => {
    const folder = modelOf({ 'w.safetensors': tensorsNamed('w') });
    await sign(path.join(folder, 'w.safetensors'));
    const { oms } = omsOf(path.join(folder, 'w.safetensors.sig'));
    expect([oms.singleFile, oms.resources.map(({ name }) => name), oms.subjectName]).toEqual([
      true,
      ['w.safetensors'],
      'w.safetensors',
    ]);
  });

  it('records what --ignore names', async () => {
    const model = modelOf({ a: 'x', 'b/c': 'y' });
    await sign(model, { ignore: ['b'] });
    const { oms } = omsOf(path.join(model, 'model.sig'));
    expect([oms.resources.map(({ name }) => name), oms.ignorePaths.includes('b')]).toEqual([['a'], true]);
  });

  it('a second time changes no byte', async () => {
    const model = smallModel();
    await sign(model);
    const before = snapshot(model);
    expect((await sign(model)).written).toBe(false);
    expect((await sign(model, { force: true })).written).toBe(false);
    expect(snapshot(model)).toEqual(before);
  });

  it("over somebody else's signature is refused, and says whose it is", async () => {
    const model = smallModel();
    await sign(model, { signer: auditor });
    const before = snapshot(model);
    const error = await expectCode(sign(model), 'WOULD_OVERWRITE');
    expect(error.message).toContain(auditor.publicKey.hint);
    expect(snapshot(model)).toEqual(before);
    expect((await sign(model, { force: true })).written).toBe(true);
  });

  it('over what is no signature is refused without --force', async () => {
    const model = smallModel();
    writeFileSync(path.join(model, 'model.sig'), 'PGP');
    await expectCode(sign(model), 'WOULD_OVERWRITE');
    expect((await sign(model, { force: true })).written).toBe(true);
  });

  it('of two at once leaves one signature, and the other is refused', async () => {
    const model = smallModel();
    const results = await Promise.allSettled([sign(model), sign(model, { signer: auditor })]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(model)).toHaveLength(3);
  });
});

describe('a signature under another name', () => {
  it('in the model is left out by that name, and verify accepts it', async () => {
    const model = smallModel();
    mkdirSync(path.join(model, 'sigs'));
    const signature = path.join(model, 'sigs/release.sig');
    await sign(model, { signature });
    expect(omsOf(signature).oms.ignorePaths).toContain('sigs/release.sig');
    const trust: TrustEntry = { kind: 'key', label: 'p256', key: (await signerOf('p256')).publicKey };
    expect(await exitOf(model, trust, signature)).toBe(0);
    writeFileSync(path.join(model, 'sigs/other'), 'x');
    expect(await exitOf(model, trust, signature)).toBe(1);
  });

  it('in the model by a link to the folder is left out as well', async () => {
    const model = smallModel();
    const link = path.join(tempDir(), 'link');
    symlinkSync(model, link);
    await sign(model, { signature: path.join(link, 'release.sig') });
    expect(omsOf(path.join(model, 'release.sig')).oms.ignorePaths).toContain('release.sig');
  });

  it('beside the model is not in its ignores, also where the names begin alike', async () => {
    const model = smallModel();
    for (const signature of [`${model}.sig`, path.join(model, '..', '..model.sig')]) {
      await sign(model, { signature });
      expect(omsOf(signature).oms.ignorePaths.filter((name) => name.includes('..'))).toEqual([]);
    }
    await sign(model, { signature: path.join(model, '..hidden') });
    expect(omsOf(path.join(model, '..hidden')).oms.ignorePaths).toContain('..hidden');
  });

  it.each(['x*.sig', 'x[1].sig', 'x:y.sig', 'con', 'x.'])(
    'in the model that no statement can leave out is refused: %s',
    async (name) => {
      const model = smallModel();
      await expectCode(sign(model, { signature: path.join(model, name) }), 'USAGE');
      expect(existsSync(path.join(model, name))).toBe(false);
    },
  );

  it.each(['config.json', 'model.safetensors'])('never costs a file of the model, --force or not: %s', async (name) => {
    const model = smallModel();
    const before = snapshot(model);
    for (const force of [false, true]) {
      await expectCode(sign(model, { signature: path.join(model, name), force }), 'WOULD_OVERWRITE');
    }
    expect(snapshot(model)).toEqual(before);
  });

  it('never costs the model that is a single file', async () => {
    const folder = modelOf({ 'w.safetensors': tensorsNamed('w') });
    const file = path.join(folder, 'w.safetensors');
    await expectCode(sign(file, { signature: file, force: true }), 'WOULD_OVERWRITE');
    expect(readdirSync(folder)).toEqual(['w.safetensors']);
  });

  it('never costs the attestations', async () => {
    const model = smallModel();
    await attest(model);
    const before = snapshot(model);
    for (const name of ['model.attestations.jsonl', 'model.manifest.jsonl']) {
      await expectCode(sign(model, { signature: path.join(model, name), force: true }), 'WOULD_OVERWRITE');
    }
    expect(snapshot(model)).toEqual(before);
  });
});

describe('signing with a certificate', () => {
  it('puts the leaf and the intermediate into the bundle, and leaves the root out; verify accepts it', async () => {
    const model = smallModel();
    const result = await sign(model, { signer: leaf, certificates: certificates('leaf', 'intermediate', 'root') });
    expect(result.method).toBe('certificate');
    const { material } = omsOf(path.join(model, 'model.sig')).bundle;
    expect(material).toEqual({
      kind: 'certificateChain',
      chain: certificates('leaf', 'intermediate'),
      tlogEntries: 0,
    });
    expect(await exitOf(model, roots)).toBe(0);
    expect(await exitOf(model, { ...roots, anchors: certificates('other-root') })).not.toBe(0);
  });

  it('a second time changes no byte, and needs no --force', async () => {
    const model = smallModel();
    const options = { signer: leaf, certificates: certificates('leaf', 'intermediate') };
    await sign(model, options);
    expect((await sign(model, options)).written).toBe(false);
  });

  it.each([
    ['of another key', ['intermediate']],
    ['behind another one', ['root', 'leaf']],
  ])('%s is refused before anything is read', async (_, names) => {
    await expectCode(sign('/nowhere', { signer: leaf, certificates: certificates(...names) }), 'CERTIFICATE_INVALID');
  });
});
