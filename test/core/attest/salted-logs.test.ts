import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { expectCode } from '../model/support.ts';
import { ATTESTATIONS, attestData } from './dataset-support.ts';
import { at, attestSalted, LOG, published, refused } from './salted-logs-support.ts';
import { attest, auditor, linesOf, provenanceOf } from './support.ts';

describe('a salted log', () => {
  it('is published by its salted root and its number of records alone, under a new secret for its owner', async () => {
    const result = await attestSalted();
    expect(result).toMatchObject({
      logs: [{ name: 'train.jsonl', records: 2, salted: true }],
      newSecrets: ['train.secret'],
    });
    const { mode, size } = statSync(at('train.secret'));
    expect([mode & 0o777, size]).toEqual([0o600, 32]);
    const [log] = provenanceOf(at('model')).logs;
    expect(log).toMatchObject({ name: 'train.jsonl', size: 2, records: 'lf', truncated: false });
    expect(Object.keys(log?.digest ?? {})).toEqual(['stemmaSaltedTreeV1']);
  });

  it('leaves neither a plain digest, nor a record, nor its secret in anything that is written', async () => {
    await attestSalted();
    const text = published();
    const plain = Object.values((await digestLog(at('train.jsonl'), {})).digests);
    expect(plain).toHaveLength(2);
    const secret = readFileSync(at('train.secret'));
    for (const never of [...plain, '"loss"', secret.toString('hex'), secret.toString('base64')])
      expect(text).not.toContain(never);
    expect(text).toContain('stemmaSaltedTreeV1');
  });

  it('has another root under another secret', async () => {
    await attestSalted();
    await attestSalted('train.jsonl', 'other.secret', { force: true });
    const roots = new Set(linesOf(at('model', ATTESTATIONS)).flatMap((line) => rootsIn(line)));
    expect(roots.size).toBe(2);
  });

  it('keeps its secret for the same bytes, by any signer, and writes nothing anew', async () => {
    await attestSalted();
    const again = await attestSalted();
    expect([again.written, again.newSecrets]).toEqual([[], undefined]);
    expect(await attestSalted('train.jsonl', 'train.secret', { signer: auditor })).toMatchObject({ appended: 3 });
  });

  it('stands beside logs that are not salted', async () => {
    writeFileSync(at('open.jsonl'), 'open\n');
    await attestSalted('train.jsonl', 'train.secret', { logs: [at('open.jsonl')] });
    expect(provenanceOf(at('model')).logs.map(({ name, digest }) => [name, Object.keys(digest)])).toEqual([
      ['open.jsonl', ['sha256', 'stemmaLogTreeV1']],
      ['train.jsonl', ['stemmaSaltedTreeV1']],
    ]);
  });

  it('may lie in the model where it is left out there', async () => {
    mkdirSync(at('model/logs'));
    copyFileSync(at('train.jsonl'), at('model/logs/t.jsonl'));
    await attestSalted('model/logs/t.jsonl', 'train.secret', { ignore: ['logs'] });
    expect(provenanceOf(at('model')).logs).toHaveLength(1);
  });
});

function rootsIn(line: string): string[] {
  const text = Buffer.from(/"payload":"([^"]*)"/.exec(line)?.[1] ?? '', 'base64').toString();
  return [...text.matchAll(/"stemmaSaltedTreeV1":"([0-9a-f]{64})"/g)].map(([, root = '']) => root);
}

describe('the secret of a salted log is refused', () => {
  it('for another log, and for the same one after it changed', async () => {
    await attestSalted();
    const before = linesOf(at('model', ATTESTATIONS));
    writeFileSync(at('other.jsonl'), 'other\n');
    await expectCode(attestSalted('other.jsonl'), 'SECRET_REUSED');
    writeFileSync(at('train.jsonl'), `${LOG}{}\n`);
    await expectCode(attestSalted(), 'SECRET_REUSED');
    expect(linesOf(at('model', ATTESTATIONS))).toEqual(before);
  });

  it('where it is that of a dataset', async () => {
    mkdirSync(at('data'));
    copyFileSync(at('train.jsonl'), at('data/train.jsonl'));
    await attestData(at('data'), { secret: at('data.secret') });
    copyFileSync(at('data', ATTESTATIONS), at('model', ATTESTATIONS));
    await expectCode(attestSalted('train.jsonl', 'data.secret'), 'SECRET_REUSED');
  });

  it.each([
    ['too short', Buffer.alloc(31, 7), 0o600],
    ['one byte over and over', Buffer.alloc(32, 7), 0o600],
    ['readable by others', Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7)), 0o644],
  ])('where it is %s', async (_, bytes, mode) => {
    writeFileSync(at('bad.secret'), bytes);
    chmodSync(at('bad.secret'), mode);
    await expectCode(attestSalted('train.jsonl', 'bad.secret'), 'SECRET_INVALID');
    expect(existsSync(at('model', ATTESTATIONS))).toBe(false);
  });

  it('for two logs at once, and where it is a log itself', async () => {
    writeFileSync(at('b.jsonl'), 'b\n');
    const both = [at('train.jsonl'), at('b.jsonl')].map((file) => ({ file, secret: at('train.secret') }));
    await refused(attest(at('model'), { saltedLogs: both }), 'USAGE');
    await refused(attestSalted('train.jsonl', 'train.jsonl'), 'USAGE');
    const crossed = [
      { file: at('train.jsonl'), secret: at('b.jsonl') },
      { file: at('b.jsonl'), secret: at('c') },
    ];
    await refused(attest(at('model'), { saltedLogs: crossed }), 'USAGE', 'c');
  });

  it('inside the model, with which it would be handed on', async () => {
    await refused(attestSalted('train.jsonl', 'model/train.secret'), 'USAGE', 'model/train.secret');
    mkdirSync(at('model/deep'));
    await refused(attestSalted('train.jsonl', 'model/deep/s'), 'USAGE', 'model/deep/s');
  });
});
