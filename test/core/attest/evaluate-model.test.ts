import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EvaluateOptions, type EvaluateResult, evaluateModel } from '../../../src/core/attest/index.ts';
import { type Evaluation, parseEvaluation } from '../../../src/core/attestation/index.ts';
import { expectCode, modelOf, tempDir } from '../model/support.ts';
import {
  attest,
  auditor,
  DIGITS,
  digits,
  kindsOf,
  linesOf,
  listen,
  sign,
  smallModel,
  snapshot,
  statementsOf,
  trainer,
} from './support.ts';

const DATASET = { kind: 'path', path: path.join(DIGITS, 'data/test.csv') } as const;
const LOG = '{"step":1,"accuracy":0.9}\n{"step":2,"accuracy":0.97,"loss":0.25}\n';
const write = (name: string, text: string): string => {
  const file = path.join(tempDir(), name);
  writeFileSync(file, text);
  return file;
};
const logged = (
  file: string,
  record: number,
  ...metrics: readonly (readonly [string, number?])[]
): EvaluateOptions['source'] => ({
  kind: 'log',
  file,
  record,
  metrics: metrics.map(([name, value]) => ({ name, value })),
});
const predicted = (file: string): EvaluateOptions['source'] => ({
  kind: 'predictions',
  file,
  spec: { columns: { label: 'y', prediction: 'p' }, metrics: ['accuracy'], slices: ['g'] },
});
const STATED = { kind: 'stated', metrics: [{ name: 'accuracy', value: 0.97 }] } as const;

function evaluate(model: string, overrides: Partial<EvaluateOptions> = {}): Promise<EvaluateResult> {
  return evaluateModel({
    model,
    signer: auditor,
    source: STATED,
    dataset: DATASET,
    harness: [],
    ignore: [],
    opaque: [],
    allowSymlinks: false,
    segmentHash: 'blake3',
    ...overrides,
  });
}

const last = (model: string): Evaluation => parseEvaluation(statementsOf(model).at(-1)!.statement);

describe('evaluating a model', () => {
  it('appends a test result and the numbers about the very bytes, and changes nothing else', async () => {
    const model = smallModel();
    await attest(model);
    const before = snapshot(model);
    const result = await evaluate(model);
    const { 'model.attestations.jsonl': lines = '', ...others } = snapshot(model);
    expect(lines.startsWith(before['model.attestations.jsonl'] ?? '')).toBe(true);
    expect({ ...others, 'model.attestations.jsonl': before['model.attestations.jsonl'] }).toEqual(before);
    expect(kindsOf(model).slice(-2)).toEqual(['test-result/v0.1', 'evaluation/v1']);
    const attested = statementsOf(model).map(({ statement }) => statement.subject[0]?.digest);
    expect(attested.at(-1)).toEqual(attested[0]);
    expect(attested.at(-2)).toEqual(attested[0]);
    expect(result).toMatchObject({
      name: 'model',
      source: 'stated',
      written: ['model.attestations.jsonl'],
      appended: 2,
    });
  });

  it('is written once: equal inputs give equal lines', async () => {
    const model = smallModel();
    await evaluate(model);
    const before = snapshot(model);
    expect(await evaluate(model)).toMatchObject({ written: [], appended: 0 });
    expect(snapshot(model)).toEqual(before);
    await evaluate(model, { source: { kind: 'stated', metrics: [{ name: 'accuracy', value: 0.96 }] } });
    // The test result, which holds no numbers, is there already.
    expect(linesOf(path.join(model, 'model.attestations.jsonl'))).toHaveLength(3);
  });

  it('ties the metrics to the dataset and to the record of the log', async () => {
    const model = smallModel();
    const file = write('eval.jsonl', LOG);
    await evaluate(model, {
      source: logged(file, 2, ['accuracy', 0.97], ['loss']),
      harness: [{ kind: 'path', path: file }],
    });
    expect(last(model)).toMatchObject({
      metrics: [
        { name: 'accuracy', value: 0.97 },
        { name: 'loss', value: 0.25 },
      ],
      dataset: { relation: 'evaluated-on', name: 'test.csv', evidence: 'declared' },
      harness: [{ name: 'eval.jsonl' }],
      log: { name: 'eval.jsonl', size: 2, format: 'jsonl', record: { index: 1 } },
    });
  });

  it('reads real logs of every kind', async () => {
    const model = smallModel();
    await evaluate(model, { source: logged(path.join(DIGITS, 'logs/metrics.csv'), 2, ['test_accuracy', 0.827778]) });
    expect(last(model).log?.header?.index).toBe(0);
    await evaluate(model, { source: logged(path.join(DIGITS, 'logs/base.jsonl'), 3, ['loss', 2.458145]) });
    const events = path.join(DIGITS, 'logs/tensorboard/base/events.out.tfevents.1735689600.digits');
    const reading = evaluate(model, { source: logged(events, 2, ['no such tag']) });
    const [, tag = ''] =
      /it holds "([^"]+)"/.exec((await reading.catch(({ message }: Error) => message)) as string) ?? [];
    await evaluate(model, { source: logged(events, 2, [tag]) });
    expect(last(model)).toMatchObject({ metrics: [{ name: tag }], log: { format: 'tensorboard' } });
  });

  it('computes metrics from predictions, for which no dataset need be named', async () => {
    const model = smallModel();
    const rows = '{"y":1,"p":1,"g":"a"}\n{"y":0,"p":1,"g":"b"}\n';
    const result = await evaluate(model, { source: predicted(write('p.jsonl', rows)), dataset: undefined });
    expect(result).toMatchObject({
      source: 'predictions',
      metrics: [{ name: 'accuracy', value: 0.5 }],
      predictions: { rows: 2 },
    });
    expect(last(model).predictions?.result.slices[0]?.groups).toHaveLength(2);
  });

  it('records what it leaves out of the model, and its name', async () => {
    const model = modelOf({ 'weights.bin': 'w', 'notes.txt': 'n' });
    await evaluate(model, { ignore: ['notes.txt'], name: 'org/model' });
    expect(last(model).ignored).toEqual(['notes.txt']);
    expect(statementsOf(model).map(({ statement }) => statement.subject[0]?.name)).toEqual(['org/model', 'org/model']);
  });

  it("goes beside a folder whose signature does not ignore our files, and beside another's that does", async () => {
    const model = digits(tempDir(), 'base');
    await sign(model);
    const { said, onWarning } = listen();
    await evaluate(model, { onWarning });
    expect([readdirSync(model).includes('model.attestations.jsonl'), said]).toEqual([true, []]);

    const foreign = digits(tempDir(), 'base');
    const signature = JSON.parse(readFileSync(path.join(model, 'model.sig'), 'utf8'));
    const statement = JSON.parse(Buffer.from(signature.dsseEnvelope.payload, 'base64').toString());
    statement.predicate.serialization.ignore_paths = ['.git'];
    signature.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
    writeFileSync(path.join(foreign, 'model.sig'), JSON.stringify(signature));
    await evaluate(foreign, { onWarning });
    expect(said.join()).toMatch(/beside the folder/);
    expect(readdirSync(foreign)).not.toContain('model.attestations.jsonl');
    expect(readdirSync(path.dirname(foreign))).toContain('base.attestations.jsonl');
  });

  it('of a single file goes beside it, and elsewhere where told to', async () => {
    const folder = modelOf({ 'w.bin': 'w' });
    await evaluate(path.join(folder, 'w.bin'));
    expect(readdirSync(folder)).toContain('w.bin.attestations.jsonl');
    const elsewhere = tempDir();
    await evaluate(path.join(folder, 'w.bin'), { outputDir: elsewhere, signer: trainer });
    expect(readdirSync(elsewhere).filter((name) => !name.endsWith('.lock'))).toEqual(['w.bin.attestations.jsonl']);
  });
});

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
