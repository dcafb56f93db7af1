import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { signedLine } from '../../../src/core/attest/signed-line.ts';
import { buildOmsStatement, writeBundle } from '../../../src/core/attestation/index.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { expectCode, sha256 as hash, safetensors } from '../model/support.ts';
import { attest, auditor, KEYS, kindsOf, linesOf, listen, SIDE_FILES, sign, smallModel, snapshot } from './support.ts';

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
