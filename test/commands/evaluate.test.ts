import { chmodSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { renderEvaluate } from '../../src/cli/render/evaluate.ts';
import type { EvaluateResult } from '../../src/core/attest/index.ts';
import { expectInert } from '../cli/inert.ts';
import { DIGITS, KEYS } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

let dir: string;

beforeEach(() => {
  dir = tempDir();
  cpSync(path.join(DIGITS, 'finetuned'), path.join(dir, 'model'), { recursive: true });
  cpSync(path.join(DIGITS, 'data/test.csv'), path.join(dir, 'test.csv'));
  cpSync(path.join(KEYS, 'p256.key'), path.join(dir, 'qa.key'));
  cpSync(path.join(KEYS, 'p256.pub'), path.join(dir, 'qa.pub'));
  chmodSync(path.join(dir, 'qa.key'), 0o600);
  writeFileSync(path.join(dir, 'eval.jsonl'), '{"accuracy":0.9}\n{"accuracy":0.97,"a=b":1}\n');
  const row = (i: number): object => ({
    y: i % 2,
    y_hat: i % 5 === 0 ? 1 : i % 2,
    s: i / 40,
    sex: i < 10 ? 'f' : 'm',
    age_band: '<30',
  });
  writeFileSync(
    path.join(dir, 'p.jsonl'),
    Array.from({ length: 40 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''),
  );
});

const stemma = (line: string, env: Record<string, string> = {}): Promise<CliResult> =>
  runStemma(line.split(' '), { cwd: dir, env });
const evaluate = (line: string): Promise<CliResult> => stemma(`evaluate model --key qa.key ${line}`);
const wrote = (): boolean => readdirSync(path.join(dir, 'model')).includes('model.attestations.jsonl');

describe('stemma evaluate', () => {
  it('attests a metric from a log, says so, and verify finds it held by its record', async () => {
    const { exitCode, stdout, stderr } = await evaluate(
      '--dataset test.csv --metric accuracy=0.97 --from-log eval.jsonl:2',
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      '  accuracy 0.97\n  as record 2 of "eval.jsonl" says, one of 2\n  evaluated on test.csv\n',
    );
    expect(stdout).toMatch(/wrote model\.attestations\.jsonl\n$/);
    await stemma('sign model --key qa.key');
    const verified = await stemma('verify model --key qa.pub --require evaluation --json');
    expect(verified.exitCode).toBe(0);
    expect(JSON.stringify(onlyDocument(verified.stdout).result)).toContain('the metric stands in record 2 of');
  });

  it('computes metrics from predictions by slice, and verify computes them once more', async () => {
    const flags =
      '--predictions p.jsonl --label y --pred y_hat --score s --positive 1 --metric accuracy,f1 --metric auc --slice sex,age_band';
    const { exitCode, stdout } = await evaluate(flags);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('  accuracy 0.9\n  f1 (binary) 0.9090909090909091\n');
    expect(stdout).toMatch(/ {2}sex="f" {2}10 rows, .* fewer than 30 rows\n/);
    expect(stdout).toMatch(/ {2}gaps over age_band {2}accuracy 0, /);
    await stemma('sign model --key qa.key');
    expect((await stemma('verify model --key qa.pub --predictions p.jsonl')).stdout).toContain('metric auc: ');
    const text = readFileSync(path.join(dir, 'p.jsonl'), 'utf8');
    writeFileSync(path.join(dir, 'p.jsonl'), text.replace('"y_hat":1', '"y_hat":0'));
    const edited = await stemma('verify model --key qa.pub --predictions p.jsonl');
    expect(edited.exitCode).toBe(1);
    expect(edited.stdout).toContain('accuracy: signed 0.9, found 0.925');
  });

  it('prints one document with --json, and writes nothing the second time', async () => {
    const line = '--dataset test.csv --metric a=b --from-log eval.jsonl:2 --json';
    expect((await evaluate(line)).exitCode).not.toBe(0);
    const again = '--dataset test.csv --metric accuracy --metric a=b=1 --from-log eval.jsonl:2 --json';
    await evaluate(again);
    expect(onlyDocument((await evaluate(again)).stdout)).toMatchObject({
      command: 'evaluate',
      ok: true,
      result: {
        source: 'log',
        metrics: [
          { name: 'accuracy', value: 0.97 },
          { name: 'a=b', value: 1 },
        ],
        written: [],
        appended: 0,
      },
    });
  });

  it.each<[string, number, RegExp]>([
    ['--dataset test.csv --metric accuracy=0.98 --from-log eval.jsonl:2', 1, /"accuracy" is 0\.97, not 0\.98/],
    ['--dataset test.csv --metric f1=0.98 --from-log eval.jsonl:2', 1, /holds no number "f1"/],
    ['--dataset test.csv --metric accuracy=0.97 --from-log eval.jsonl:3', 2, /there are 2/],
    ['--dataset test.csv --metric accuracy=0.97 --from-log eval.jsonl:0', 2, /lines counted from 1/],
    ['--dataset test.csv --metric accuracy=0.97 --from-log eval.jsonl', 2, /FILE:LINE/],
    ['--dataset test.csv --metric accuracy=nan', 2, /finite decimal number/],
    ['--dataset test.csv --metric accuracy=Infinity', 2, /finite decimal number/],
    ['--dataset test.csv --metric accuracy=1e400', 2, /finite decimal number/],
    ['--dataset test.csv --metric accuracy', 2, /has no value/],
    ['--dataset test.csv --metric =1', 2, /NAME=VALUE/],
    ['--dataset test.csv', 2, /at least one --metric/],
    ['--metric accuracy=0.97', 2, /--dataset REF/],
    ['--dataset none.csv --metric accuracy=0.97', 2, /no such file/],
    ['--predictions p.jsonl --metric accuracy', 2, /--label/],
    ['--predictions p.jsonl --label y --metric accuracy', 2, /column of the predictions\nhint: .*--pred/],
    ['--predictions p.jsonl --label y --score s --metric auc', 2, /positive class\nhint: .*--positive/],
    ['--predictions none.jsonl --label y --pred y_hat --metric accuracy', 2, /^error: no such file: "none.jsonl"\n$/],
    ['--predictions p.jsonl --label y --pred y_hat --metric bleu', 2, /cannot be computed/],
    ['--predictions p.jsonl --label y --pred y_hat --metric accuracy=0.97', 2, /cannot be computed/],
    ['--predictions p.jsonl --label y --pred none --metric accuracy', 4, /record 1: there is no column "none"/],
    ['--predictions p.jsonl --label y --pred y_hat --metric f1 --positive 2', 4, /"2" is to be the positive class/],
    [
      '--predictions p.jsonl --from-log eval.jsonl:1 --label y --pred y_hat --metric accuracy',
      2,
      /cannot also be provided/,
    ],
    ['--dataset test.csv --label y --metric accuracy=0.97', 2, /--predictions/],
  ])('%s exits %d and writes nothing', async (line, code, message) => {
    const { exitCode, stderr } = await evaluate(line);
    expect([exitCode, stderr]).toEqual([code, expect.stringMatching(message)]);
    expect(wrote()).toBe(false);
  });

  it('needs a key', async () => {
    const { exitCode } = await stemma('evaluate model --dataset test.csv --metric accuracy=0.97');
    expect(exitCode).toBe(2);
  });

  it('prints names that would do more than be shown as text', () => {
    const nasty = '\u001b[2J::error::\u202e\n##[group]';
    const metrics = [{ name: 'accuracy' as const, value: null }];
    const result: EvaluateResult = {
      name: nasty,
      kind: 'folder',
      files: 1,
      bytes: 1,
      digests: { [nasty]: 'ab' },
      source: 'predictions',
      metrics: [{ name: nasty, value: 1 }],
      dataset: { name: nasty, digests: {} },
      predictions: {
        name: nasty,
        rows: 1,
        slices: [{ column: nasty, groups: [{ value: nasty, rows: 1, metrics }], gaps: metrics }],
      },
      log: { name: nasty, record: 1, records: 1 },
      signer: { type: 'ed25519', fingerprint: 'ab' },
      written: [nasty],
      appended: 1,
    };
    const text = renderEvaluate(result, { color: false, unicode: true, verbose: false });
    expectInert(text);
    // Escaped once: the value as JSON has it.
    expect(text).toContain('="\\u001b[2J:\\x3aerror:\\x3a\\u{202e}\\n#');
  });
});
