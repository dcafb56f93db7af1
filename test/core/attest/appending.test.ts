import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryName } from '../../../src/core/evidence/temporary.ts';
import { expectCode, modelOf, tempDir, tensorsNamed } from '../model/support.ts';
import {
  attest,
  auditor,
  kindsOf,
  linesOf,
  listen,
  readBundle,
  SIDE_FILES,
  sign,
  smallModel,
  snapshot,
  statementsOf,
  trainer,
} from './support.ts';

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
