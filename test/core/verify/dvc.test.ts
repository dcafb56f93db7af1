import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/core/verify/index.ts';
import { attest, digits } from '../attest/support.ts';
import { tempDir } from '../model/support.ts';
import { checksOf, verify } from './support.ts';

let dir: string;
let model: string;

beforeEach(() => {
  dir = tempDir();
  digits(dir, 'base');
  digits(dir, 'data-rotated');
  model = digits(dir, 'finetuned');
});

const pathTo = (name: string) => ({ kind: 'path', path: path.join(dir, name) }) as const;
const BOTH = ['base', 'data-rotated', 'train.py'];

/** A project around the model: a stage that read these and wrote the model's weights. */
function lock(inputs: readonly string[], size = readFileSync(path.join(model, 'model.safetensors')).length): void {
  const lines = ["schema: '2.0'", 'stages:', '  train:', '    cmd: python train.py', '    deps:'];
  for (const input of inputs) lines.push(`    - path: ${input}`, '      md5: 20b786b6e6f80e2b3fcf17827ad18597.dir');
  lines.push('    outs:', '    - path: finetuned/model.safetensors', `      size: ${size}`, '');
  writeFileSync(path.join(dir, 'dvc.lock'), lines.join('\n'));
}

async function drift(parents: { readonly base?: null; readonly dataset?: null } = {}): Promise<Check | undefined> {
  const { base = 'base', dataset = 'data-rotated' } = parents;
  await attest(model, {
    bases: base === null ? [] : [{ relation: 'finetuned-from', relationGiven: true, reference: pathTo(base) }],
    datasets: dataset === null ? [] : [pathTo(dataset)],
    force: true,
  });
  const report = await verify(model);
  // Whatever it says, the verdict is about what was signed.
  expect(report.result).toBe('pass');
  const [check, ...more] = checksOf(report, 'lineage.dvc');
  expect(more).toEqual([]);
  return check;
}

describe('a dvc.lock beside the signed lineage', () => {
  it('agrees where the stage read what the links name; code is no parent', async () => {
    lock(BOTH);

    expect(await drift()).toMatchObject({
      outcome: 'pass',
      required: false,
      message:
        '../dvc.lock, stage "train": it and a signed link name the base model "base"; it and a signed link name the dataset "data-rotated"',
    });
  });

  it('drifts where a link is signed to what no stage read', async () => {
    lock(['data-rotated', 'train.py']);

    expect(await drift()).toMatchObject({
      outcome: 'fail',
      required: false,
      message:
        '../dvc.lock, stage "train": a signed link names the base model "base", which no stage behind the model read',
    });
  });

  it('does not know whether what no link names is data', async () => {
    lock([...BOTH, 'data/secret.csv']);

    expect(await drift()).toMatchObject({
      outcome: 'unknown',
      message: expect.stringContaining('it read "data/secret.csv", which no signed link names') as string,
    });
  });

  it('compares no path that leads out of its folder', async () => {
    lock([...BOTH, 's3://bucket/base']);

    expect(await drift()).toMatchObject({
      outcome: 'unknown',
      message: expect.stringContaining('"s3://bucket/base", which is not compared: the path has an empty') as string,
    });
  });

  it('has another finding where it is of another version of the model, and compares nothing else', async () => {
    lock([], 17);

    expect(await drift()).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(
        /is of another version: "finetuned\/model.safetensors" was written with 17 bytes, and has \d+$/,
      ) as string,
    });
  });

  it('is held against nothing where nobody signed how the model was made', async () => {
    lock(BOTH);

    expect(await drift({ base: null, dataset: null })).toMatchObject({ outcome: 'skip' });
  });

  it('is an error, and no verdict, where it cannot be read', async () => {
    writeFileSync(path.join(dir, 'dvc.lock'), 'schema: [');

    expect(await drift()).toMatchObject({ outcome: 'error', errorClass: 'malformed', required: false });
  });

  it('is an error where something else is in its place', async () => {
    mkdirSync(path.join(dir, 'dvc.lock'));

    expect(await drift()).toMatchObject({ outcome: 'error', required: false });
  });

  it('is not shown where there is none, or its stages made another model', async () => {
    expect(await drift()).toBeUndefined();

    lock(BOTH);
    const file = path.join(dir, 'dvc.lock');
    writeFileSync(file, readFileSync(file, 'utf8').replace('finetuned/', 'other/'));
    expect(await drift()).toBeUndefined();
  });

  it('is not shown where the bytes are not those that were signed', async () => {
    lock(BOTH);
    await attest(model);
    writeFileSync(path.join(model, 'README.md'), 'changed');

    expect(checksOf(await verify(model), 'lineage.dvc')).toEqual([]);
  });

  it('names no more than ten findings', async () => {
    lock([...BOTH, ...Array.from({ length: 30 }, (_, index) => `data-${index}`)]);

    const { message = '' } = (await drift()) ?? {};
    expect(message.match(/which no signed link names/g)).toHaveLength(10);
    expect(message).toMatch(/; and 20 more$/);
  });
});
