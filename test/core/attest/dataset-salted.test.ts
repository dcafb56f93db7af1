import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectCode, modelOf, tempDir, writeFiles } from '../model/support.ts';
import { ATTESTATIONS, attestData, FILES, secretBeside } from './dataset-support.ts';
import { auditor, kindsOf, statementsOf } from './support.ts';

describe('attesting a salted dataset', () => {
  it('makes the secret, for its owner alone, and publishes neither a digest nor a size', async () => {
    const dir = modelOf(FILES);
    const result = await attestData(dir, { secret: secretBeside(dir) });
    expect(result).toMatchObject({ salted: true, newSecret: true, records: 3, files: 2 });
    const { mode, size } = statSync(secretBeside(dir));
    expect([mode & 0o777, size]).toEqual([0o600, 32]);
    const [published] = statementsOf(dir);
    const text = Buffer.from(published?.bundle.envelope.payload ?? []).toString();
    expect(Object.keys(published?.statement.subject[0]?.digest ?? {})).toEqual(['stemmaSaltedTreeV1']);
    expect(text).not.toMatch(/bytes|fileTree|recordTrees|a\.jsonl|README/);
    expect(text).not.toContain(readFileSync(secretBeside(dir)).toString('hex'));
  });

  it('takes its secret again for the same bytes, by any signer', async () => {
    const dir = modelOf(FILES);
    const secret = secretBeside(dir);
    const first = await attestData(dir, { secret });
    expect(await attestData(dir, { secret })).toMatchObject({ written: [], newSecret: false, digests: first.digests });
    expect(await attestData(dir, { secret, signer: auditor })).toMatchObject({ appended: 1, digests: first.digests });
  });

  it('refuses its secret for other bytes, and for another dataset', async () => {
    const dir = modelOf(FILES);
    const secret = secretBeside(dir);
    await attestData(dir, { secret });
    const before = readFileSync(secret);
    await expectCode(attestData(modelOf(FILES), { secret }), 'SECRET_REUSED');
    writeFileSync(path.join(dir, 'a.jsonl'), '{"x":3}\n');
    await expectCode(attestData(dir, { secret }), 'SECRET_REUSED');
    expect(readFileSync(secret)).toEqual(before);
    expect(kindsOf(dir)).toHaveLength(1);
  });

  it('is not fooled by a statement about another root', async () => {
    const [dir, other] = [modelOf(FILES), modelOf({ 'a.jsonl': 'x\n' })];
    const secret = secretBeside(dir);
    await attestData(dir, { secret });
    writeFileSync(path.join(other, ATTESTATIONS), readFileSync(path.join(dir, ATTESTATIONS)));
    await expectCode(attestData(other, { secret }), 'SECRET_REUSED');
  });

  it.each(['x.secret', 'deep/x.secret'])('refuses a secret in the dataset itself: %s', async (name) => {
    const dir = modelOf({ ...FILES, 'deep/y': '' });
    await expectCode(attestData(dir, { secret: path.join(dir, name) }), 'USAGE');
    expect(existsSync(path.join(dir, name))).toBe(false);
  });

  it('leaves no secret behind where nothing can be attested', async () => {
    const dir = modelOf(FILES);
    mkdirSync(path.join(dir, ATTESTATIONS));
    await expectCode(attestData(dir, { secret: secretBeside(dir) }), 'MODEL_UNSUPPORTED');
    rmSync(path.join(dir, ATTESTATIONS), { recursive: true });
    const outputDir = path.join(writeFiles(tempDir(), { file: '' }), 'file/evidence');
    await expectCode(attestData(dir, { secret: secretBeside(dir), outputDir }), 'WRITE_FAILED');
    expect(existsSync(secretBeside(dir))).toBe(false);
  });
});
