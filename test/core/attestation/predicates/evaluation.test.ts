import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  buildEvaluationStatement,
  buildTestResultStatement,
  EVALUATION_PREDICATE_TYPE,
  parseEvaluation,
  parseTestResult,
  TEST_RESULT_PREDICATE_TYPE,
} from '../../../../src/core/attestation/index.ts';
import { decodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { codeOf, type Place, pointerOf, readStatement, statementOf, withMember } from '../support.ts';

const DIGEST = { sha256: 'ab'.repeat(32), stemmaFileTreeV1: 'cd'.repeat(32) };
const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/formats/evaluation.md'), 'utf8');
/** The predicates on the page: one read from a log, one computed from predictions. */
const [LOGGED, COMPUTED] = [...PAGE.matchAll(/```json\n([^`]*)```/g)].map(
  ([, block]) => JSON.parse(block ?? '') as object,
);

const statement = (predicate: object, more: object = {}): object => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'tiny', digest: DIGEST }],
  predicateType: EVALUATION_PREDICATE_TYPE,
  predicate,
  ...more,
});
const parse = (predicate: object, more: object = {}): ReturnType<typeof parseEvaluation> =>
  parseEvaluation(statementOf(statement(predicate, more)));

describe('an evaluation', () => {
  it.each([
    ['of a log', LOGGED!],
    ['of predictions', COMPUTED!],
    ['that is only said', { ...LOGGED, log: undefined }],
  ])('%s is written as it was read, as on the page', (_, predicate) => {
    const written = buildEvaluationStatement({ ...parse(predicate), name: 'tiny', digest: DIGEST });
    expect(decodeUtf8(written)).toBe(JSON.stringify(statement(predicate)));
  });

  it('gives the specification and the numbers as they are computed', () => {
    const { predictions } = parse(COMPUTED!);
    expect(predictions?.spec).toEqual({
      columns: { label: 'y', prediction: 'y_hat' },
      positive: undefined,
      metrics: ['accuracy', 'f1'],
      slices: ['sex'],
    });
    expect(predictions?.result.slices[0]?.gaps).toEqual([
      { name: 'accuracy', value: 0.5 },
      { name: 'f1', average: 'macro', value: 0.6666666666666667 },
    ]);
  });

  it('keeps what the digests of the model leave out', () => {
    const subject = [{ name: 'tiny', digest: DIGEST, annotations: { ignored: ['a', 'b'], opaque: ['x.gguf'] } }];
    const evaluation = parse(LOGGED!, { subject });
    expect([evaluation.ignored, evaluation.opaque]).toEqual([['a', 'b'], ['x.gguf']]);
    const written = buildEvaluationStatement({ ...evaluation, name: 'tiny', digest: DIGEST });
    expect(decodeUtf8(written)).toBe(JSON.stringify(statement(LOGGED!, { subject })));
  });
});

describe('an evaluation is malformed with', () => {
  const ROOT = 'ef'.repeat(32);
  it.each<[string, Place, unknown, string]>([
    ['an unknown member', ['more'], 1, '/predicate'],
    ['neither dataset nor predictions', ['dataset'], undefined, '/predicate'],
    ['no metrics', ['metrics'], [], '/predicate/metrics'],
    ['a metric twice', ['metrics', 1], { name: 'accuracy', value: 1 }, '/predicate/metrics'],
    ['a value as text', ['metrics', 0, 'value'], '0.97', '/predicate/metrics/0/value'],
    ['no value', ['metrics', 0, 'value'], null, '/predicate/metrics/0/value'],
    ['a mean of a metric that was not computed', ['metrics', 0, 'average'], 'macro', '/predicate/metrics'],
    [
      'another relation',
      ['dataset', 'annotations', 'relation'],
      'trained-on',
      '/predicate/dataset/annotations/relation',
    ],
    ['another root in the digests', ['log', 'tree', 'root'], ROOT, '/predicate/log/digest/stemmaLogTreeV1'],
    ['a log without sha256', ['log', 'digest', 'sha256'], undefined, '/predicate/log/digest/sha256'],
    ['an unknown format', ['log', 'format'], 'parquet', '/predicate/log/format'],
    ['a record beyond the log', ['log', 'record', 'index'], 2, '/predicate/log/record/index'],
    ['a negative position', ['log', 'record', 'index'], -1, '/predicate/log/record/index'],
    ['a record that is no base64', ['log', 'record', 'data'], 'e30', '/predicate/log/record/data'],
    ['a record in the URL alphabet', ['log', 'record', 'data'], 'e3__', '/predicate/log/record/data'],
    ['a record of more than 64 KiB', ['log', 'record', 'data'], 'AAAA'.repeat(21_847), '/predicate/log/record/data'],
    ['a path of 31 bytes', ['log', 'record', 'path', 0], 'ab'.repeat(31), '/predicate/log/record/path/0'],
    ['a path of 65 hashes', ['log', 'record', 'path'], Array(65).fill(ROOT), '/predicate/log/record/path'],
    ['CSV without a header', ['log', 'format'], 'csv', '/predicate/log/header'],
    ['a header without CSV', ['log', 'header'], { index: 0, data: '', path: [] }, '/predicate/log/header'],
    ['a path of this machine as a name', ['log', 'name'], '/home/me/eval.jsonl', '/predicate/log/name'],
    ['another hash', ['log', 'tree', 'hash'], 'blake3', '/predicate/log/tree/hash'],
  ])('%s', (_, place, value, pointer) => {
    const changed = withMember(LOGGED, place, value) as object;
    expect(codeOf(() => parse(changed))).toBe('PREDICATE_INVALID');
    expect(pointerOf(() => parse(changed))).toBe(pointer);
  });

  /** Two columns, each under the limit by itself. */
  const flood = (): object[] => {
    const [slicing] = (COMPUTED as { predictions: { slices: { groups: object[] }[] } }).predictions.slices;
    const groups = Array.from({ length: 501 }, (_, i) => ({ ...slicing?.groups[0], value: String(1000 + i) }));
    return ['a', 'b'].map((column) => ({ ...slicing, column, groups }));
  };
  const SLICE: Place = ['predictions', 'slices', 0];
  it.each<[string, Place, unknown, string]>([
    ['a log beside predictions', ['log'], (LOGGED as { log: object }).log, '/predicate'],
    ['a metric that is not computed', ['metrics', 0, 'name'], 'bleu', '/predicate/metrics/0/name'],
    ['a mean that is not the one of the specification', ['metrics', 1, 'average'], 'binary', '/predicate/metrics'],
    ['no mean', ['metrics', 1, 'average'], undefined, '/predicate/metrics'],
    ['fewer rows than records', ['predictions', 'rows'], 3, '/predicate/predictions/rows'],
    ['fewer rows than records less the header', ['predictions', 'format'], 'csv', '/predicate/predictions/rows'],
    ['no column of the predictions', ['predictions', 'columns', 'prediction'], undefined, '/predicate/predictions'],
    ['scores that nothing uses', ['predictions', 'columns', 'score'], 's', '/predicate/predictions'],
    ['a positive class beside means', ['predictions', 'positive'], '1', '/predicate/metrics'],
    ['rows that are in no group', [...SLICE, 'groups', 0, 'rows'], 1, '/predicate/predictions/slices/0/groups'],
    ['a group twice', [...SLICE, 'groups', 1, 'value'], 'f', '/predicate/predictions/slices/0/groups/1/value'],
    ['groups out of order', [...SLICE, 'groups', 0, 'value'], 'z', '/predicate/predictions/slices/0/groups/1/value'],
    ['more than 1,000 groups in all', ['predictions', 'slices'], flood(), '/predicate/predictions/slices'],
    [
      'a small slice that is not flagged',
      [...SLICE, 'groups', 0, 'small'],
      undefined,
      '/predicate/predictions/slices/0/groups/0/small',
    ],
    [
      'a group without a metric',
      [...SLICE, 'groups', 0, 'metrics', 1],
      undefined,
      '/predicate/predictions/slices/0/groups/0/metrics/1',
    ],
    ['other gaps', [...SLICE, 'gaps'], [], '/predicate/predictions/slices/0/gaps'],
    [
      'a column twice',
      ['predictions', 'slices', 1],
      (COMPUTED as { predictions: { slices: object[] } }).predictions.slices[0],
      '/predicate/predictions',
    ],
    ['an empty list of slices', ['predictions', 'slices'], [], '/predicate/predictions/slices'],
  ])('%s, where it was computed', (_, place, value, pointer) => {
    const changed = withMember(COMPUTED, place, value) as object;
    expect(codeOf(() => parse(changed))).toBe('PREDICATE_INVALID');
    expect(pointerOf(() => parse(changed))).toBe(pointer);
  });

  it('numbers that do not come back, whoever writes or reads them', () => {
    for (const value of [2 ** 53, 1e21]) {
      expect(codeOf(() => parse(withMember(LOGGED, ['metrics', 0, 'value'], value) as object))).not.toBe('no error');
    }
    for (const value of [Number.NaN, Infinity, 2 ** 53, -0]) {
      const input = { ...parse(LOGGED!), name: 'tiny', digest: DIGEST, metrics: [{ name: 'accuracy', value }] };
      expect(codeOf(() => buildEvaluationStatement(input))).toBe('PREDICATE_INVALID');
    }
  });

  it('another predicate type, two subjects, or annotations that say what we cannot read', () => {
    const subject = { name: 'tiny', digest: DIGEST };
    expect(pointerOf(() => parse(LOGGED!, { predicateType: TEST_RESULT_PREDICATE_TYPE }))).toBe('/predicateType');
    expect(pointerOf(() => parse(LOGGED!, { subject: [subject, subject] }))).toBe('/subject');
    for (const annotations of [{ ignored: [] }, { ignored: ['../x'] }, { more: 1 }])
      expect(codeOf(() => parse(LOGGED!, { subject: [{ ...subject, annotations }] }))).toBe('PREDICATE_INVALID');
  });
});

describe('a test result', () => {
  const made = (predicate: object): object => {
    const payload = buildTestResultStatement({ ...parse(predicate), name: 'tiny', digest: DIGEST });
    return JSON.parse(decodeUtf8(payload)) as object;
  };

  it('names what was evaluated, and passes', () => {
    const { log, dataset, harness } = LOGGED as Record<string, { name: string; digest: object }>;
    expect(made(LOGGED!)).toMatchObject({
      predicateType: TEST_RESULT_PREDICATE_TYPE,
      subject: [{ name: 'tiny', digest: DIGEST }],
      predicate: {
        result: 'PASSED',
        configuration: [
          dataset,
          { ...(harness as unknown as object[])[0], annotations: { role: 'harness' } },
          { name: log?.name, digest: log?.digest, annotations: { role: 'log', size: 2 } },
        ],
        passedTests: ['accuracy'],
        warnedTests: [],
        failedTests: [],
      },
    });
  });

  it('warns of small slices', () => {
    expect(made(COMPUTED!)).toMatchObject({
      predicate: { result: 'WARNED', passedTests: ['accuracy', 'f1 (macro)'], warnedTests: ['sex="f"', 'sex="m"'] },
    });
  });

  it('is read from ours and from others', () => {
    const payload = buildTestResultStatement({ ...parse(COMPUTED!), name: 'tiny', digest: DIGEST });
    expect(parseTestResult(readStatement(payload))).toMatchObject({
      result: 'WARNED',
      passed: 2,
      warned: 2,
      failed: 0,
    });
    const other = { result: 'FAILED', failedTests: ['x'], more: 1 };
    expect(parseTestResult(statementOf(statement(other, { predicateType: TEST_RESULT_PREDICATE_TYPE })))).toMatchObject(
      { result: 'FAILED', failed: 1 },
    );
  });

  it.each([
    ['no result', {}],
    ['another result', { result: 'passed' }],
    ['a truth value', { result: true }],
    ['tests that are no list', { result: 'PASSED', passedTests: 'all' }],
  ])('is malformed with %s', (_, predicate) => {
    expect(
      codeOf(() => parseTestResult(statementOf(statement(predicate, { predicateType: TEST_RESULT_PREDICATE_TYPE })))),
    ).toBe('PREDICATE_INVALID');
  });
});
