import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PredictionSpec } from '../../../src/core/evaluation/index.ts';
import { digestLog, evaluatePredictions } from '../../../src/core/trainlog/index.ts';
import { coded, makeFolder, writeFile } from './support.ts';

let dir: string;
beforeEach(() => {
  dir = makeFolder();
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const SPEC: PredictionSpec = { columns: { label: 'y', prediction: 'p' }, metrics: ['accuracy'], slices: ['sex'] };
const JSONL = '{"y":1,"p":1,"sex":"f"}\n{"y":0,"p":1,"sex":"f"}\n{"y":0,"p":0,"sex":"m"}\n{"y":1,"p":1,"sex":"m"}\n';
const CSV = 'y,p,sex\r\n1,1,f\r\n0,1,f\r\n0,0,m\r\n1,1,m\r\n';
const evaluate = (name: string, content: string, spec = SPEC): ReturnType<typeof evaluatePredictions> =>
  evaluatePredictions(writeFile(dir, name, content), spec, {});

describe('evaluatePredictions', () => {
  it.each([
    ['p.jsonl', JSONL, 4],
    ['p.csv', CSV, 5],
    ['p.tsv', CSV.replaceAll(',', '\t'), 5],
  ])('computes the metrics of %s from the bytes that it digests', async (name, content, size) => {
    const { file, result } = await evaluate(name, content);
    expect(file).toEqual(await digestLog(`${dir}/${name}`, {}));
    expect([file.size, result.rows]).toEqual([size, 4]);
    expect(result.metrics).toEqual([{ name: 'accuracy', value: 0.75 }]);
    expect(result.slices[0]?.gaps).toEqual([{ name: 'accuracy', value: 0.5 }]);
  });
});

describe('evaluatePredictions refuses', () => {
  it.each<[string, string, string, RegExp]>([
    [
      'a missing column',
      'p.jsonl',
      '{"y":1,"p":1,"sex":"f"}\n{"y":1,"sex":"f"}\n',
      /"p\.jsonl" record 2: there is no column "p"/,
    ],
    ['an empty line', 'p.jsonl', `${JSONL}\n`, /record 5: expected a JSON object, found an empty line/],
    ['a line that is no JSON', 'p.jsonl', 'y=1\n', /record 1: /],
    ['a member twice', 'p.jsonl', '{"y":1,"y":0,"p":1,"sex":"f"}\n', /record 1: .*duplicate/],
    [
      'a line of 10 MB',
      'p.jsonl',
      `{"y":"${'x'.repeat(10_000_000)}"}\n`,
      /"p\.jsonl": record 1 has more than 1048576 bytes/,
    ],
    ['a short line of CSV', 'p.csv', `${CSV}1,1\r\n`, /record 6: expected 3 fields/],
    ['a quoted line break', 'p.csv', 'y,p,sex\n1,1,"f\nm"\n', /record 2: .*records are lines/],
    ['a header twice the same', 'p.csv', 'y,y\n', /record 1: the header names the column "y" twice/],
    ['a header alone', 'p.csv', 'y,p,sex\n', /"p\.csv": there is no prediction/],
    ['nothing', 'p.jsonl', '', /"p\.jsonl": there is no prediction/],
  ])('%s, and says where', async (_, name, content, message) => {
    const work = evaluate(name, content);
    await expect(work).rejects.toMatchObject({ message: expect.stringMatching(message) });
    await expect(work).rejects.toMatchObject({ errorClass: 'malformed' });
  });

  it('a TensorBoard file, and metrics that the columns do not allow', async () => {
    await expect(evaluate('e.tfevents.1', '')).rejects.toEqual(coded('USAGE'));
    await expect(evaluate('p.jsonl', JSONL, { ...SPEC, metrics: ['auc'] })).rejects.toEqual(coded('USAGE'));
  });
});
