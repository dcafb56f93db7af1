import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { attest } from './attest-support.ts';
import {
  attested,
  evaluate,
  file,
  jsonl,
  linesIn,
  type Payload,
  predicted,
  ROWS,
  resigned,
  SPEC,
} from './evaluation-support.ts';
import { checkOf, exitCode, trustKey, verify, writeModel } from './support.ts';

test('metrics of predictions are computed once more, and are then verified', async () => {
  const { model, predictions } = await predicted();
  const report = await verify(model, { predictions: [predictions], require: ['evaluation'] });

  expect(report.result).toBe('pass');
  expect(checkOf(report, 'content.predictions')).toMatchObject({
    outcome: 'pass',
    required: true,
    message: expect.stringMatching(/fewer than 30 rows in g="a"/),
  });
  expect(report.verified.map(({ name }) => name)).toContain('metric auc');
  expect(report.verified.map(({ name }) => name)).toContain('gap in f1 (binary) over g');
  expect(report.claimed.filter(({ name }) => name.startsWith('metric'))).toEqual([]);
});

test('two evaluations of one file are both computed once more, and the answer names the numbers of both', async () => {
  const { model, predictions } = await predicted();
  const spec = { columns: { label: 'y', prediction: 'p', score: undefined }, metrics: ['recall'], slices: [] } as const;
  await evaluate(model, { kind: 'predictions', file: predictions, spec: { ...spec, positive: '0' } });
  const report = await verify(model, { predictions: [predictions] });

  const { message } = checkOf(report, 'content.predictions');
  expect(message).toMatch(
    /computed once more: accuracy [\d.]+, .*, recall \(binary\) [\d.]+; fewer than 30 rows in g="a"/,
  );
  expect(report.verified.map(({ name }) => name)).toContain('metric recall (binary)');
});

test.each<[string, (rows: object[]) => void, RegExp]>([
  ['one prediction edited', (rows) => (rows[1] = { ...rows[1], p: 0 }), /accuracy: signed .*, found .*/],
  ['one row relabelled', (rows) => (rows[1] = { ...rows[1], y: 0 }), /accuracy: signed/],
  [
    'one slice relabelled',
    (rows) => (rows[0] = { ...rows[0], g: 'b' }),
    /g="a" rows: signed 20 \(small\), found 19 \(small\)/,
  ],
  ['one score edited', (rows) => (rows[1] = { ...rows[1], s: 0.999 }), /auc: signed/],
  ['a row added', (rows) => rows.push({ ...rows[0] }), /it lists 60 records, the file has 61/],
  ['a row removed', (rows) => rows.pop(), /it lists 60 records, the file has 59/],
  ['two rows exchanged', (rows) => ([rows[0], rows[2]] = [rows[2]!, rows[0]!]), /the numbers are the same/],
  ['a column more', (rows) => (rows[0] = { ...rows[0], more: 1 }), /the numbers are the same/],
])('predictions with %s fail', async (_, change, message) => {
  const { model, predictions } = await predicted();
  const rows: object[] = [...ROWS];
  change(rows);
  writeFileSync(predictions, jsonl(rows));
  const check = checkOf(await verify(model, { predictions: [predictions] }), 'content.predictions');

  expect(check).toMatchObject({ outcome: 'fail', message: expect.stringMatching(message) });
  expect(await exitCode(model, { predictions: [predictions] })).toBe(1);
});

test.each<[string, (payload: Payload) => void, RegExp]>([
  [
    'overall',
    ({ predicate }) => (predicate.metrics[0]!.value = 0.99),
    /do not follow from them: accuracy: signed 0\.99, found /,
  ],
  [
    'in a slice',
    ({ predicate }) => (predicate.predictions!.slices[0]!.groups[0]!.metrics[0]!.value = 1),
    /g="a" accuracy: signed 1, found /,
  ],
  ['by the last digit', ({ predicate }) => (predicate.metrics[0]!.value += Number.EPSILON / 2), /accuracy: signed/],
])(
  'numbers that do not follow from the signed predictions %s fail, whoever signed them',
  async (_, change, message) => {
    const { model, predictions } = await predicted();
    await resigned(model, change);
    const report = await verify(model, { predictions: [predictions], require: ['evaluation'] });

    expect(checkOf(report, 'content.predictions')).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(message),
    });
    expect(checkOf(report, 'policy.require').outcome).toBe('fail');
    expect(report.verified.map(({ name }) => name)).not.toContain('metric accuracy');
  },
);

test('predictions that nobody trusted evaluated, or of another model, are missing evidence', async () => {
  const { model, predictions } = await predicted();
  const plain = await attested();
  expect(await exitCode(plain, { predictions: [predictions] })).toBe(3);

  const other = writeModel({ 'weights.bin': 'others' });
  await attest(other);
  const attestations = [linesIn(model)];
  expect(await exitCode(other, { attestations, predictions: [predictions], require: ['evaluation'] })).toBe(3);

  await evaluate(other, { kind: 'predictions', file: predictions, spec: SPEC }, 'p384');
  expect(await exitCode(other, { predictions: [predictions] })).toBe(3);
  expect(await exitCode(other, { predictions: [predictions], trust: [trustKey('p256'), trustKey('p384')] })).toBe(0);
});

test('of several evaluations the one of this file is meant, and a file of none of them is missing evidence', async () => {
  const { model, predictions } = await predicted();
  const second = file('second.jsonl', jsonl(ROWS.slice(0, 40)));
  await evaluate(model, {
    kind: 'predictions',
    file: second,
    spec: { ...SPEC, metrics: ['accuracy'], positive: undefined, columns: { label: 'y', prediction: 'p' } },
  });

  expect(await exitCode(model, { predictions: [predictions, second] })).toBe(0);
  expect(await exitCode(model, { predictions: [file('third.jsonl', jsonl(ROWS.slice(0, 30)))] })).toBe(3);
});

test('a file without the columns is another one, whatever else is wrong with it', async () => {
  const { model, predictions } = await predicted();
  appendFileSync(predictions, '{"y":1}\n');
  const check = checkOf(await verify(model, { predictions: [predictions] }), 'content.predictions');

  expect(check.outcome).toBe('fail');
  expect(check.message).toMatch(/it lists 60 records, the file has 61\): "p\.jsonl" record 61: there is no column "g"/);
});

test('evaluations of other predictions, with other columns, do not matter', async () => {
  const { model, predictions } = await predicted();
  const other = file('other.jsonl', '{"truth":"a","guess":"a"}\n');
  const spec = { columns: { label: 'truth', prediction: 'guess' }, metrics: ['accuracy'], slices: [] } as const;
  await evaluate(model, { kind: 'predictions', file: other, spec });

  expect(await exitCode(model, { predictions: [predictions] })).toBe(0);
  expect(await exitCode(model, { predictions: [other, predictions] })).toBe(0);
});

test('a folder is no file of predictions, and one that is not there a mistake of the caller', async () => {
  const { model, predictions } = await predicted();
  expect(await exitCode(model, { predictions: [path.dirname(predictions)] })).toBe(5);
  await expect(verify(model, { predictions: [`${predictions}.none`] })).rejects.toMatchObject({
    code: 'PATH_NOT_FOUND',
  });
  await expect(verify(await attested(), { predictions: [`${predictions}.none`] })).rejects.toMatchObject({
    code: 'PATH_NOT_FOUND',
  });
});
