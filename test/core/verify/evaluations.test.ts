import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadPolicy } from '../../../src/core/verify/index.ts';
import { attest } from './attest-support.ts';
import {
  attested,
  CSV,
  evaluate,
  file,
  LOG,
  linesIn,
  logged,
  type Payload,
  predicted,
  resigned,
} from './evaluation-support.ts';
import { checkOf, checksOf, exitCode, KEYS, trustKey, verify } from './support.ts';

test.each([
  ['JSON Lines', 'eval.jsonl', LOG, 2],
  ['CSV', 'eval.csv', CSV, 3],
])(
  'metrics of a log in %s are those of the record that the statement carries, and fulfil the requirement',
  async (_, name, text, record) => {
    const model = await attested();
    await evaluate(model, logged(name, text, record));
    const report = await verify(model, { require: ['evaluation', 'https://w3id.org/stemma/evaluation/v1'] });

    expect(report.result).toBe('pass');
    expect(checkOf(report, 'content.evaluation')).toMatchObject({ outcome: 'pass', required: false });
    expect(report.claimed).toContainEqual({ name: 'metric accuracy', value: '0.97', by: 'p256.pub' });
    expect(report.lineage.edges).toMatchObject([{ relation: 'evaluation' }, { relation: 'evaluated-on' }]);
  },
);

test.each<[string, (payload: Payload) => void, RegExp]>([
  [
    'a number that the record does not hold',
    ({ predicate }) => (predicate.metrics[0]!.value = 0.99),
    /"accuracy" is 0\.97 in record 2 of "eval\.jsonl", not 0\.99/,
  ],
  [
    'a metric that the record does not hold',
    ({ predicate }) => (predicate.metrics[0]!.name = 'f1'),
    /holds no number "f1"/,
  ],
  [
    'a record that was edited',
    ({ predicate }) => (predicate.log!.record.data = Buffer.from('{"accuracy":0.97}\n').toString('base64')),
    /does not stand in the log/,
  ],
  ['another index', ({ predicate }) => (predicate.log!.record.index = 0), /does not stand in the log/],
  ['another size', ({ predicate }) => (predicate.log!.tree.size = 3), /does not stand in the log/],
  ['no path', ({ predicate }) => (predicate.log!.record.path = []), /does not stand in the log/],
  [
    'a path that is too long',
    ({ predicate }) => predicate.log!.record.path.push('00'.repeat(32)),
    /does not stand in the log/,
  ],
  ['another path', ({ predicate }) => (predicate.log!.record.path[0] = '00'.repeat(32)), /does not stand in the log/],
])(
  'an evaluation with %s contradicts itself, and so fails the verification whether or not it is required',
  async (_, change, message) => {
    const model = await attested();
    await evaluate(model, logged('eval.jsonl', LOG, 2));
    await resigned(model, change);

    const report = await verify(model);
    expect(checkOf(report, 'content.evaluation')).toMatchObject({
      outcome: 'fail',
      required: true,
      message: expect.stringMatching(message),
    });
    expect(checkOf(report, 'match.identity').outcome).toBe('pass');
    expect(report.verdict).toMatch(/^not verified: an evaluation signed by p256\.pub contradicts its own evidence: /);
    expect(report.verdict).toMatch(message);
    expect(await exitCode(model)).toBe(1);
    expect(await exitCode(model, { require: ['evaluation'] })).toBe(1);
  },
);

test('an evaluation that a policy alone trusts must not contradict itself either', async () => {
  const model = await attested();
  await evaluate(model, logged('eval.jsonl', LOG, 2), 'p384');
  const keys = { trainer: { publicKey: path.join(KEYS, 'p256.pub') }, qa: { publicKey: path.join(KEYS, 'p384.pub') } };
  const requirement = (id: string, predicateType: string, signer: string, more = {}) => ({
    id,
    predicateType: `https://w3id.org/stemma/${predicateType}/v1`,
    signers: { anyOf: [signer] },
    ...more,
  });
  const match = [{ path: 'metrics[name="accuracy"].value', atLeast: 0.95 }];
  const requirements = [requirement('weights', 'model', 'trainer'), requirement('good', 'evaluation', 'qa', { match })];
  const document = { version: 1, expires: '2099-01-01T00:00:00Z', trust: { keys }, requirements };
  const policy = await loadPolicy(file('policy.json', JSON.stringify(document)), []);

  expect(await exitCode(model, { trust: [], policy })).toBe(0);
  await resigned(model, ({ predicate }) => (predicate.metrics[0]!.value = 0.99), 'p384');
  const report = await verify(model, { trust: [], policy });
  expect(checkOf(report, 'content.evaluation')).toMatchObject({ outcome: 'fail', required: true });
  expect(report.verdict).toMatch(/an evaluation signed by qa contradicts its own evidence/);
  expect(await exitCode(model, { trust: [], policy })).toBe(1);
});

test.each(['log', 'predictions'])('a test result about %s fulfils nothing without its numbers', async (kind) => {
  const model = kind === 'log' ? await attested() : (await predicted()).model;
  if (kind === 'log') await evaluate(model, logged('eval.jsonl', LOG, 2));
  expect(await exitCode(model, { require: ['evaluation'] })).toBe(0);
  const lines = readFileSync(linesIn(model), 'utf8').trimEnd().split('\n');
  writeFileSync(linesIn(model), `${lines.slice(0, -1).join('\n')}\n`);

  const report = await verify(model, { require: ['evaluation'] });
  expect(checkOf(report, 'policy.require')).toMatchObject({
    outcome: 'missing',
    message: expect.stringMatching('without its evaluation/v1'),
  });
  expect(await exitCode(model, { require: ['evaluation'] })).toBe(3);
  expect(await exitCode(model, { require: ['https://in-toto.io/attestation/test-result/v0.1'] })).toBe(0);
});

test('what a stranger says of himself and contradicts fails nobody', async () => {
  const model = await attested();
  await evaluate(model, logged('eval.jsonl', LOG, 2));
  await resigned(model, ({ predicate }) => (predicate.metrics[0]!.value = 0.99));
  await attest(model, { key: 'p384', modelSig: false });
  const report = await verify(model, { trust: [trustKey('p384')] });
  expect(checksOf(report, 'content.evaluation')).toEqual([]);
  expect(report.result).toBe('pass');
});

test('a malformed evaluation is reported, and is no evaluation', async () => {
  const model = await attested();
  await evaluate(model, logged('eval.jsonl', LOG, 2));
  await resigned(model, ({ predicate }) => predicate.metrics.push({ name: 'accuracy', value: 1 }));
  const report = await verify(model);

  expect(checksOf(report, 'content.evaluation')).toEqual([]);
  expect(report.result).toBe('pass');
  expect(await exitCode(model, { require: ['https://w3id.org/stemma/evaluation/v1'] })).toBe(4);
});

test('metrics that are only said, or computed elsewhere, are claims', async () => {
  const model = await attested();
  await evaluate(model, { kind: 'stated', metrics: [{ name: 'accuracy', value: 0.5 }] });
  expect(checkOf(await verify(model), 'content.evaluation')).toMatchObject({ outcome: 'skip' });

  const report = await verify((await predicted()).model);
  expect(checkOf(report, 'content.evaluation')).toMatchObject({
    outcome: 'skip',
    hint: expect.stringMatching('--predictions'),
  });
  expect(report.claimed.filter(({ name }) => name === 'metric accuracy')).toHaveLength(1);
});

test('an evaluation of other bytes fulfils nothing', async () => {
  const { model } = await predicted();
  writeFileSync(path.join(model, 'weights.bin'), 'changed');
  await attest(model, { force: true });
  expect(await exitCode(model)).toBe(0);
  expect(await exitCode(model, { require: ['evaluation'] })).not.toBe(0);
});
