import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelOf, tempDir } from '../model/support.ts';
import { evaluate, LOG, last, logged, predicted, write } from './evaluate-support.ts';
import {
  attest,
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
