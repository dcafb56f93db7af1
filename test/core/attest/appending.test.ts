import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { signedLine } from '../../../src/core/attest/signed-line.ts';
import { buildOmsStatement, writeBundle } from '../../../src/core/attestation/index.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { temporaryName } from '../../../src/core/evidence/temporary.ts';
import { expectCode, sha256 as hash, modelOf, safetensors, tempDir, tensorsNamed } from '../model/support.ts';
import {
  attest,
  auditor,
  KEYS,
  kindsOf,
  linesOf,
  listen,
  readBundle,
  SIDE_FILES,
  sign,
  signerOf,
  smallModel,
  snapshot,
  statementsOf,
  trainer,
} from './support.ts';

/** A `model.sig` as `model_signing` leaves it: it ignores its own name and Git's, and none of ours. */
async function signLikePython(model: string): Promise<string> {
  const names = readdirSync(model).filter((name) => name !== 'model.sig');
  const payload = buildOmsStatement(
    {
      subjectName: path.basename(model),
      files: names.map((name) => ({ path: name, sha256: hash(readFileSync(path.join(model, name))) })),
      ignorePaths: ['model.sig'],
      allowSymlinks: false,
    },
    sha256,
  );
  const text = await signedLine(payload, auditor);
  writeFileSync(path.join(model, 'model.sig'), text);
  return text;
}

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

describe('a second signer', () => {
  it('appends, and keeps model.sig, the manifest and every line of the first', async () => {
    const model = smallModel();
    await attest(model);
    const before = snapshot(model);
    const { said, onWarning } = listen();

    const result = await attest(model, { signer: auditor, onWarning });

    expect([result.oms, result.written, result.appended]).toEqual(['line', ['model.attestations.jsonl'], 3]);
    expect(said.join('\n')).toContain(
      `model.sig is kept: it was made by the key with the hint "${trainer.publicKey.hint}"`,
    );
    const after = snapshot(model);
    expect(after['model.attestations.jsonl']?.startsWith(before['model.attestations.jsonl'] ?? '?')).toBe(true);
    expect({ ...after, 'model.attestations.jsonl': '' }).toEqual({ ...before, 'model.attestations.jsonl': '' });
    expect(kindsOf(model)).toEqual(['model/v1', 'provenance/v1', 'signature/v1.0', 'model/v1', 'provenance/v1']);
    expect(statementsOf(model).map(({ hint }) => hint === trainer.publicKey.hint)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('appends nothing the second time', async () => {
    const model = smallModel();
    await attest(model);
    await attest(model, { signer: auditor });
    const before = snapshot(model);
    expect((await attest(model, { signer: auditor })).written).toEqual([]);
    expect((await attest(model)).written).toEqual([]);
    expect(snapshot(model)).toEqual(before);
  });

  it('replaces model.sig only with --force', async () => {
    const model = smallModel();
    await attest(model);
    await attest(model, { signer: auditor, force: true });
    expect(readBundle(linesOf(path.join(model, 'model.sig'))[0] ?? '').hint).toBe(auditor.publicKey.hint);
  });

  it('cannot replace a manifest that the first one names', async () => {
    const model = smallModel();
    await attest(model);
    const before = snapshot(model);
    const other = { signer: auditor, segmentHash: 'sha256' } as const;
    await expectCode(attest(model, other), 'WOULD_OVERWRITE');
    expect(snapshot(model)).toEqual(before);
    await attest(model, { ...other, manifest: false });
    expect(snapshot(model)['model.manifest.jsonl']).toBe(before['model.manifest.jsonl']);
  });

  it('of two at once loses nothing, whoever is first', async () => {
    for (let round = 0; round < 5; round++) {
      const model = smallModel();
      const results = await Promise.all([attest(model), attest(model, { signer: auditor })]);
      const sig = readBundle(linesOf(path.join(model, 'model.sig'))[0] ?? '');
      const second = sig.hint === trainer.publicKey.hint ? auditor : trainer;
      const all = statementsOf(model).map(({ hint, statement }) => [hint, statement.predicateType.split('/').at(-1)]);
      for (const { publicKey } of [trainer, auditor]) {
        expect(all.filter(([hint]) => hint === publicKey.hint).length).toBe(publicKey === second.publicKey ? 3 : 2);
      }
      expect(results.map(({ oms }) => oms).toSorted()).toEqual(['file', 'line']);
    }
  });
});

describe('a signature that somebody else made', () => {
  it('and that does not ignore our files keeps the evidence out of the folder', async () => {
    const model = smallModel();
    await signLikePython(model);
    const before = snapshot(model);
    const { said, onWarning } = listen();
    await attest(model, { onWarning });
    expect(snapshot(model)).toEqual(before);
    expect(readdirSync(path.dirname(model)).toSorted()).toEqual([
      'model',
      'model.attestations.jsonl',
      'model.manifest.jsonl',
    ]);
    expect(kindsOf(`${model}.attestations.jsonl`)).toEqual(['signature/v1.0', 'model/v1', 'provenance/v1']);
    expect(said.join('\n')).toContain('it does not ignore our files');
    expect((await attest(model)).written).toEqual([]);
  });

  it('and that is for other bytes is kept too', async () => {
    const model = smallModel();
    const foreign = await signLikePython(model);
    writeFileSync(path.join(model, 'config.json'), '{"changed":true}');
    await attest(model);
    expect(readFileSync(path.join(model, 'model.sig'), 'utf8')).toBe(foreign);
  });

  it('with a certificate is kept, and its holder named', async () => {
    const model = smallModel();
    const leaf = readFileSync(path.join(KEYS, 'leaf.pem'), 'utf8');
    const der = Buffer.from(leaf.replaceAll(/-----.*-----|\s/g, ''), 'base64');
    writeFileSync(
      path.join(model, 'model.sig'),
      writeBundle({ payload: Buffer.from('{}'), signature: Buffer.from('x'), certificates: [der] }),
    );
    const { said, onWarning } = listen();
    await attest(model, { onWarning });
    expect(said.join('\n')).toMatch(/made by the certificate of "(?:C|CN|O)=/);
  });

  it.each([
    ['no JSON', 'PGP, perhaps'],
    ['another JSON', '{"signature":1}'],
    ['an empty file', ''],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0])],
  ])('and that is %s is kept, and said to be none', async (_, content) => {
    const model = smallModel();
    writeFileSync(path.join(model, 'model.sig'), content);
    const { said, onWarning } = listen();
    await attest(model, { onWarning });
    expect(readFileSync(path.join(model, 'model.sig'))).toEqual(Buffer.from(content));
    expect(said.join('\n')).toContain('it is no signature that we know');
  });
});

describe('an outdated model.sig of our own', () => {
  async function retrained(): Promise<string> {
    const model = smallModel();
    await attest(model);
    writeFileSync(path.join(model, 'model.safetensors'), safetensors({ w: { data: 'new weights' } }));
    return model;
  }

  it('is kept, and nothing is written', async () => {
    const model = await retrained();
    const before = snapshot(model);
    const error = await expectCode(attest(model), 'WOULD_OVERWRITE');
    expect(error.message).toContain('model.sig is there already: made by this key for other bytes');
    expect(snapshot(model)).toEqual(before);
    await expectCode(sign(model), 'WOULD_OVERWRITE');
    expect(snapshot(model)).toEqual(before);
  });

  it('is replaced with --force, and no line is lost', async () => {
    const model = await retrained();
    const before = linesOf(path.join(model, 'model.attestations.jsonl'));
    const { written } = await attest(model, { force: true });
    expect([...written].toSorted()).toEqual(SIDE_FILES);
    expect(linesOf(path.join(model, 'model.attestations.jsonl')).slice(0, 2)).toEqual(before);
    expect(kindsOf(model)).toEqual(['model/v1', 'provenance/v1', 'model/v1', 'provenance/v1']);
  });
});

describe('what is already in the attestations file', () => {
  it('stays as it is, byte by byte, garbage and missing line end included', async () => {
    const model = smallModel();
    const there = Buffer.concat([Buffer.from('garbage\r\n\n'), Buffer.from([0xff, 0xfe]), Buffer.from('\n{"a":1}')]);
    writeFileSync(path.join(model, 'model.attestations.jsonl'), there);
    await attest(model);
    const after = readFileSync(path.join(model, 'model.attestations.jsonl'));
    expect(after.subarray(0, there.length)).toEqual(there);
    expect(after.subarray(there.length).toString().split('\n')).toEqual([
      '',
      expect.stringContaining('dsseEnvelope'),
      expect.stringContaining('dsseEnvelope'),
      '',
    ]);
  });

  it('counts however its JSON is spelt', async () => {
    const model = smallModel();
    await attest(model);
    const file = path.join(model, 'model.attestations.jsonl');
    const respelt = linesOf(file).map((line) => JSON.stringify(JSON.parse(line)).replaceAll('":', '" : '));
    writeFileSync(file, respelt.join('\n'));
    expect((await attest(model)).appended).toBe(0);
  });

  it('does not keep our line out by claiming our key with another signature', async () => {
    const model = smallModel();
    await attest(model);
    const file = path.join(model, 'model.attestations.jsonl');
    const forged = linesOf(file).map((line) => line.replace(/"sig":"MEU|"sig":"MEQ|"sig":"MEY/, '"sig":"MEA'));
    expect(forged).not.toEqual(linesOf(file));
    writeFileSync(file, `${forged.join('\n')}\n`);
    expect((await attest(model)).appended).toBe(2);
    expect(linesOf(file).slice(0, 2)).toEqual(forged);
  });

  it.each(['model.attestations.jsonl', 'model.manifest.jsonl', 'model.sig'])(
    'is not written through a link: %s',
    async (name) => {
      const model = smallModel();
      const elsewhere = path.join(tempDir(), 'precious');
      writeFileSync(elsewhere, 'precious');
      symlinkSync(elsewhere, path.join(model, name));
      await expectCode(attest(model), 'SYMLINK_REFUSED');
      await expectCode(sign(model), 'SYMLINK_REFUSED');
      expect(readFileSync(elsewhere, 'utf8')).toBe('precious');
      expect(readdirSync(model)).toHaveLength(3);
    },
  );

  it.each(['attestations.jsonl', 'manifest.jsonl', 'sig'])(
    'is not written through a link beside a single file: .%s',
    async (suffix) => {
      const folder = modelOf({ 'w.safetensors': tensorsNamed('w') });
      const elsewhere = path.join(tempDir(), 'precious');
      writeFileSync(elsewhere, '{"precious":1}');
      symlinkSync(elsewhere, path.join(folder, `w.safetensors.${suffix}`));
      await attest(path.join(folder, 'w.safetensors')).catch(() => undefined);
      expect(readFileSync(elsewhere, 'utf8')).toBe('{"precious":1}');
    },
  );

  it.each(['model.attestations.jsonl', 'model.manifest.jsonl', 'model.sig'])(
    'is refused where it is a folder: %s',
    async (name) => {
      const model = smallModel();
      mkdirSync(path.join(model, name));
      await expectCode(attest(model), 'MODEL_UNSUPPORTED');
      expect(readdirSync(model)).toHaveLength(3);
    },
  );
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

describe('leftovers of a killed run', () => {
  it('are no files of the model', async () => {
    const model = smallModel();
    const clean = await attest(model, { outputDir: tempDir() });
    for (const name of SIDE_FILES) {
      const target = path.join(model, name);
      writeFileSync(path.join(model, temporaryName(target)), 'half');
      writeFileSync(path.join(path.dirname(model), temporaryName(target)), 'half');
    }
    const { digests } = await attest(model);
    expect(digests).toEqual(clean.digests);
    expect(readdirSync(model)).toHaveLength(5);
    expect(readdirSync(path.dirname(model))).toEqual(['model']);
  });

  it('after the manifest alone keep nobody from going on', async () => {
    const model = smallModel();
    await attest(model);
    const whole = snapshot(model);
    renameSync(path.join(model, 'model.attestations.jsonl'), path.join(tempDir(), 'gone'));
    renameSync(path.join(model, 'model.sig'), path.join(tempDir(), 'gone'));
    await attest(model);
    expect(snapshot(model)).toEqual(whole);
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
