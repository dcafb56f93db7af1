import { appendFileSync, cpSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { attest } from './attest-support.ts';
import { LOG as EVALUATION_LOG, evaluate, logged as evaluationLog } from './evaluation-support.ts';
import {
  checkOf,
  checksOf,
  DIGITS,
  exitCode,
  tempFolder,
  trustKey,
  verify,
  writeFiles,
  writeModel,
} from './support.ts';

const TEXT = '{"step":1,"loss":2.5}\n{"step":2,"loss":1.5}\n{"step":3,"loss":1.25}\n';

async function logged(text = TEXT): Promise<{ readonly model: string; readonly log: string }> {
  const model = writeModel({ 'weights.bin': 'numbers' });
  const log = path.join(writeFiles(tempFolder(), { 'train.jsonl': text }), 'train.jsonl');
  await attest(model, { logs: [log] });
  return { model, log };
}

test('a log that was attested verifies, under its own name and under another', async () => {
  const { model, log } = await logged();

  expect(checkOf(await verify(model, { logs: [log] }), 'content.log')).toMatchObject({
    required: true,
    outcome: 'pass',
  });
  renameSync(log, `${log}.txt`);
  expect(await exitCode(model, { logs: [`${log}.txt`] })).toBe(0);
});

test('a log that was compared is no mere claim any more; one that differs, or is not given, is', async () => {
  const { model, log } = await logged();
  const fact = { name: 'log train.jsonl', value: '3 records' };
  const given = await verify(model, { logs: [log] });
  expect(given.verified).toContainEqual(fact);
  expect(given.claimed).not.toContainEqual(expect.objectContaining(fact));
  const without = await verify(model);
  writeFileSync(log, TEXT.replace('1.5', '0.5'));
  for (const report of [without, await verify(model, { logs: [log] })]) {
    expect(report.verified).not.toContainEqual(fact);
    expect(report.claimed).toContainEqual({ ...fact, by: 'p256.pub' });
  }
});

test.each<[string, (log: string) => void, RegExp]>([
  ['one record changed', (log) => writeFileSync(log, TEXT.replace('1.5', '0.5')), /differs from the log/],
  ['a record appended', (log) => appendFileSync(log, '{"step":4}\n'), /lists 3 records, the file has 4/],
  ['the last record cut off', (log) => truncateSync(log, TEXT.length - 10), /differs/],
  ['the last line end cut off', (log) => truncateSync(log, TEXT.length - 1), /differs/],
  [
    'two records exchanged',
    (log) => writeFileSync(log, TEXT.split('\n').slice(0, 3).toReversed().join('\n') + '\n'),
    /differs/,
  ],
  ['line ends of Windows', (log) => writeFileSync(log, TEXT.replaceAll('\n', '\r\n')), /differs/],
  ['everything cut off', (log) => truncateSync(log, 0), /lists 3 records, the file has 0/],
])('a log with %s fails', async (_, change, message) => {
  const { model, log } = await logged();
  change(log);
  const check = checkOf(await verify(model, { logs: [log] }), 'content.log');

  expect(check.outcome).toBe('fail');
  expect(check.message).toMatch(message);
  expect(await exitCode(model, { logs: [log] })).toBe(1);
});

test('another log is missing evidence', async () => {
  const { model } = await logged();
  const other = path.join(writeFiles(tempFolder(), { 'other.jsonl': '{}\n' }), 'other.jsonl');

  expect(await exitCode(model, { logs: [other] })).toBe(3);
});

test('every log that is given must verify', async () => {
  const { model, log } = await logged();
  const other = path.join(writeFiles(tempFolder(), { 'other.jsonl': '{}\n' }), 'other.jsonl');

  expect(await exitCode(model, { logs: [log, other] })).toBe(3);
  expect(await exitCode(model, { logs: [log, log] })).toBe(0);
});

test('provenance of another model, or by a stranger, vouches for no log', async () => {
  const { model, log } = await logged();
  const other = writeModel({ 'weights.bin': 'others' });
  await attest(other);

  expect(await exitCode(other, { logs: [log], attestations: [path.join(model, 'model.attestations.jsonl')] })).toBe(3);
  await attest(other, { key: 'p384', logs: [log] });
  expect(await exitCode(other, { logs: [log] })).toBe(3);
  expect(await exitCode(other, { logs: [log], trust: [trustKey('p256'), trustKey('p384')] })).toBe(0);
});

test('a log that does not exist is a mistake of the caller, a folder is no log', async () => {
  const { model, log } = await logged();

  await expect(verify(model, { logs: [`${log}.none`] })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  const report = await verify(model, { logs: [path.dirname(log)] });
  expect(checksOf(report, 'content.log')).toMatchObject([{ outcome: 'error', errorClass: 'unavailable' }]);
  expect(report.checks.map(({ message }) => message).join()).not.toContain(path.dirname(log));
});

test('real logs of every kind verify, and a broken event file is malformed', async () => {
  const logs = [
    'logs/base.jsonl',
    'logs/metrics.csv',
    'logs/tensorboard/base/events.out.tfevents.1735689600.digits',
  ].map((name) => path.join(DIGITS, name));
  const model = writeModel({ 'weights.bin': 'numbers' });
  await attest(model, { logs });
  expect(await exitCode(model, { logs })).toBe(0);

  const events = path.join(tempFolder(), 'events.out.tfevents.1735689600.digits');
  cpSync(logs[2] ?? '', events);
  const bytes = readFileSync(events);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  writeFileSync(events, bytes);
  expect(await exitCode(model, { logs: [events] })).toBe(4);
});

describe('the log that an evaluation names', () => {
  const evaluated = async (
    key: 'p256' | 'p384' = 'p256',
  ): Promise<{ readonly model: string; readonly log: string }> => {
    const model = writeModel({ 'weights.bin': 'numbers' });
    await attest(model);
    const source = evaluationLog('eval.jsonl', EVALUATION_LOG, 2);
    await evaluate(model, source, key);
    return { model, log: source.kind === 'log' ? source.file : '' };
  };

  test('verifies like one of the provenance', async () => {
    const { model, log } = await evaluated();
    expect(checkOf(await verify(model, { logs: [log] }), 'content.log')).toMatchObject({
      outcome: 'pass',
      evidence: { predicateType: 'https://w3id.org/stemma/evaluation/v1' },
    });
  });

  test('fails where a record was edited, also one that no metric was read from', async () => {
    const { model, log } = await evaluated();
    writeFileSync(log, EVALUATION_LOG.replace('0.9}', '0.8}'));
    const check = checkOf(await verify(model, { logs: [log] }), 'content.log');
    expect(check).toMatchObject({ outcome: 'fail', message: 'differs from the log that the evaluation lists' });
    expect(await exitCode(model, { logs: [log] })).toBe(1);
  });

  test('is missing where a stranger made the evaluation', async () => {
    const { model, log } = await evaluated('p384');
    expect(await exitCode(model, { logs: [log] })).toBe(3);
  });
});

describe('a salted log', () => {
  const salted = async (
    text = TEXT,
  ): Promise<{ readonly model: string; readonly file: string; readonly secret: string }> => {
    const model = writeModel({ 'weights.bin': 'numbers' });
    const folder = writeFiles(tempFolder(), { 'train.jsonl': text });
    const named = { file: path.join(folder, 'train.jsonl'), secret: path.join(folder, 'train.secret') };
    await attest(model, { saltedLogs: [named] });
    return { model, ...named };
  };

  test('verifies with its secret, under its own name and under another', async () => {
    const { model, file, secret } = await salted();
    expect(checkOf(await verify(model, { saltedLogs: [{ file, secret }] }), 'content.log')).toMatchObject({
      required: true,
      outcome: 'pass',
      message: '3 records, 67 bytes: salted root equal',
    });
    renameSync(file, `${file}.txt`);
    expect(await exitCode(model, { saltedLogs: [{ file: `${file}.txt`, secret }] })).toBe(0);
  });

  test.each<[string, (log: string) => void, RegExp]>([
    ['one record changed', (log) => writeFileSync(log, TEXT.replace('1.5', '0.5')), /other bytes, or another secret/],
    ['a record appended', (log) => appendFileSync(log, '{"step":4}\n'), /lists 3 records, the file has 4/],
    ['two records exchanged', (log) => writeFileSync(log, TEXT.split('\n').toReversed().join('\n')), /differs/],
    ['the last line end cut off', (log) => truncateSync(log, TEXT.length - 1), /other bytes/],
    ['everything cut off', (log) => truncateSync(log, 0), /lists 3 records, the file has 0/],
  ])('fails with %s', async (_, change, message) => {
    const { model, file, secret } = await salted();
    change(file);
    const report = await verify(model, { saltedLogs: [{ file, secret }] });
    expect(checkOf(report, 'content.log')).toMatchObject({ outcome: 'fail', message: expect.stringMatching(message) });
    expect(await exitCode(model, { saltedLogs: [{ file, secret }] })).toBe(1);
  });

  test('fails under the secret of another log', async () => {
    const [{ model, file }, { secret }] = [await salted(), await salted('{}\n')];
    expect(checkOf(await verify(model, { saltedLogs: [{ file, secret }] }), 'content.log')).toMatchObject({
      outcome: 'fail',
      message: 'differs from the log that the provenance lists: other bytes, or another secret',
    });
  });

  test('without its secret is undecided, and says what is needed', async () => {
    const { model, file } = await salted();
    expect(checkOf(await verify(model, { logs: [file] }), 'content.log')).toMatchObject({
      outcome: 'unknown',
      message: 'the provenance lists this log salted',
      hint: expect.stringContaining('--salted-log LOG=SECRET'),
    });
    expect(await exitCode(model, { logs: [file] })).toBe(3);
  });

  test('is undecided where the log was attested without a salt', async () => {
    const { model, log } = await logged();
    const { secret } = await salted();
    expect(checkOf(await verify(model, { saltedLogs: [{ file: log, secret }] }), 'content.log')).toMatchObject({
      outcome: 'unknown',
      message: 'the provenance lists this log without a salt',
    });
  });

  test('is missing where a stranger attested it', async () => {
    const { file, secret, model } = await salted();
    const trust = [trustKey('p384')];
    expect(await exitCode(model, { saltedLogs: [{ file, secret }], trust })).toBe(3);
  });

  test('with a secret that is not there, or none, is a mistake of the caller', async () => {
    const { model, file, secret } = await salted();
    const verified = (name: string) => verify(model, { saltedLogs: [{ file, secret: name }] });
    await expect(verified(`${secret}.none`)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    await expect(verified(file)).rejects.toMatchObject({ code: 'SECRET_INVALID' });
    truncateSync(secret, 16);
    await expect(verified(secret)).rejects.toMatchObject({ code: 'SECRET_INVALID' });
  });
});
