import { appendFileSync, cpSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EvaluateOptions } from '../../../src/core/attest/index.ts';
import { expectCode, modelOf } from '../model/support.ts';
import { evaluate, LOG, logged, write } from './evaluate-support.ts';
import { smallModel } from './support.ts';

describe('evaluating a model is refused', () => {
  it.each<[string, EvaluateOptions['source'], string, RegExp]>([
    [
      'a value that the record does not hold',
      logged('', 2, ['accuracy', 0.98]),
      'METRIC_NOT_HELD',
      /record 2 of "eval\.jsonl": "accuracy" is 0\.97, not 0\.98/,
    ],
    [
      'a metric that the record does not hold',
      logged('', 2, ['f1', 0.9]),
      'METRIC_NOT_HELD',
      /no number "f1": it holds "step" 2, "accuracy" 0\.97, "loss" 0\.25/,
    ],
    ['the value of another record', logged('', 1, ['accuracy', 0.97]), 'METRIC_NOT_HELD', /is 0\.9, not 0\.97/],
    ['a record beyond the end', logged('', 3, ['accuracy', 0.97]), 'USAGE', /there are 2/],
    ['a metric twice', logged('', 2, ['loss'], ['loss']), 'USAGE', /given twice/],
    [
      'a metric without a value',
      { kind: 'stated', metrics: [{ name: 'a', value: undefined }] },
      'USAGE',
      /has no value/,
    ],
    [
      'a whole number that is not exact',
      { kind: 'stated', metrics: [{ name: 'a', value: 2 ** 53 }] },
      'USAGE',
      /no statement can hold/,
    ],
    ['no metric', { kind: 'stated', metrics: [] }, 'USAGE', /at least one/],
  ])('with %s', async (_, source, code, message) => {
    const model = smallModel();
    const file = write('eval.jsonl', LOG);
    const work = evaluate(model, { source: source.kind === 'log' ? { ...source, file } : source });
    await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(readdirSync(model)).not.toContain('model.attestations.jsonl');
  });

  it.each([
    ['a path of this machine', '{"accuracy":1,"checkpoint":"/home/me/out"}\n', /holds an absolute path/],
    ['a token', `{"accuracy":1,"token":"ghp_${'a'.repeat(36)}"}\n`, /looks like a secret/],
    ['a URI with a password', '{"accuracy":1,"db":"postgres://me:pw@db/x"}\n', /user info/],
    ['a member named as a secret', '{"accuracy":1,"password":"hunter2"}\n', /looks like a secret/],
    ['a number under such a name', '{"accuracy":1,"password":1234}\n', /looks like a secret/],
    ['a list under such a name', '{"accuracy":1,"a":[{"api_key":["zzz"]}]}\n', /looks like a secret/],
    ['an object under such a name', '{"accuracy":1,"credentials":{"user":"me"}}\n', /looks like a secret/],
    ['a named secret inside a text', '{"accuracy":1,"args":"--lr 1 password=hunter2"}\n', /looks like a secret/],
    ['a path in an inner object', '{"accuracy":1,"cfg":{"out":"/scratch/alice/x"}}\n', /holds an absolute path/],
    ['a path in a list', '{"accuracy":1,"cfg":["/scratch/alice/x"]}\n', /holds an absolute path/],
    ['an escaped path', '{"accuracy":1,"cfg":"\\u002fscratch/alice"}\n', /holds an absolute path/],
    ['a path as a name', '{"accuracy":1,"cfg":{"/scratch/alice/x":1}}\n', /holds an absolute path/],
    ['a column named as a secret', 'accuracy,password\n1,hunter2\n', /looks like a secret/, 'eval.csv', 2],
    ['a path in a column', 'accuracy,out\n1,/scratch/alice\n', /holds an absolute path/, 'eval.csv', 2],
    ['a path as a column', 'accuracy,/scratch/alice\n1,2\n', /holds an absolute path/, 'eval.csv', 2],
  ])('with a record that holds %s, since it would be public', async (_, text, message, name = 'eval.jsonl', at = 1) => {
    const source = logged(write(name, text), at, ['accuracy']);
    await expect(evaluate(smallModel(), { source })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, EvaluateOptions['source'], RegExp]>([
    [
      'a path',
      { kind: 'stated', metrics: [{ name: '/home/alice', value: 1 }] },
      /^the name of a metric holds an absolute path/,
    ],
    [
      'a URI with user info',
      { kind: 'stated', metrics: [{ name: 'https://u:p@h', value: 1 }] },
      /^the name of a metric holds a URI with user info/,
    ],
  ])('with %s for the name of a metric', async (_, source, message) => {
    await expect(evaluate(smallModel(), { source })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['a path', 'u', '/home/alice/x', /a value in the column "u" holds an absolute path/],
    ['a token', 'u', `hf_${'a'.repeat(26)}`, /a value in the column "u" looks like a secret/],
    ['a URI with user info', 'u', 'https://u:p@h/x', /a value in the column "u" holds a URI with user info/],
    ['what its column calls a password', 'password', 'hunter2', /looks like a secret/],
    ['a column that is a path', '/home/alice', 'a', /^the name of a column holds an absolute path/],
  ])('with slices by %s', async (_, column, value, message) => {
    const model = smallModel();
    const rows = `{"y":1,"p":1,"u":"a"}\n${JSON.stringify({ y: 1, p: 1, [column]: value })}\n`;
    const text = column === 'u' ? rows : `${rows.split('\n')[1]}\n`;
    const spec = { columns: { label: 'y', prediction: 'p' }, metrics: ['accuracy'], slices: [column] } as const;
    const source = { kind: 'predictions', file: write('p.jsonl', text), spec } as const;
    await expect(evaluate(model, { source })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
    });
    expect(readdirSync(model)).not.toContain('model.attestations.jsonl');
  });

  it('with a path for the positive class', async () => {
    const spec = {
      columns: { label: 'y', prediction: 'p' },
      metrics: ['f1'],
      positive: '/home/a',
      slices: [],
    } as const;
    const source = { kind: 'predictions', file: write('p.jsonl', '{"y":"/home/a","p":"b"}\n'), spec } as const;
    await expectCode(evaluate(smallModel(), { source }), 'USAGE');
  });

  it('but not for counts of tokens, or for a secret that is not there', async () => {
    const text = '{"accuracy":1,"loss_per_token":2.5,"train":{"token":17},"password":null,"eos_token":"</s>"}\n';
    await evaluate(smallModel(), { source: logged(write('eval.jsonl', text), 1, ['accuracy'], ['loss_per_token']) });
  });

  it('without a dataset, with one that is not there, and with a model that has no file', async () => {
    await expectCode(evaluate(smallModel(), { dataset: undefined }), 'USAGE');
    await expectCode(evaluate(smallModel(), { dataset: { kind: 'path', path: '/nonexistent' } }), 'PATH_NOT_FOUND');
    await expectCode(evaluate(modelOf({})), 'MODEL_EMPTY');
    await expectCode(evaluate(smallModel(), { name: '/home/me/model' }), 'USAGE');
  });

  it('where the model changes meanwhile', async () => {
    const model = smallModel();
    const onProgress = ({ phase }: { readonly phase: string }): void => {
      if (phase === 'hashing model') appendFileSync(path.join(model, 'added.txt'), 'x');
    };
    await expect(evaluate(model, { onProgress })).rejects.toMatchObject({ code: 'FILE_CHANGED' });
    expect(readdirSync(model)).not.toContain('model.attestations.jsonl');
  });

  it('where evidence would lie among the covered files', async () => {
    const model = smallModel();
    mkdirSync(path.join(model, 'evidence'));
    cpSync(path.join(model, 'config.json'), path.join(model, 'evidence/x.json'));
    await expectCode(evaluate(model, { outputDir: path.join(model, 'evidence') }), 'USAGE');
  });
});
