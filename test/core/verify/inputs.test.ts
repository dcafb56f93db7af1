import { appendFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Reference } from '../../../src/core/attest/index.ts';
import { attestData, secretBeside } from '../attest/dataset-support.ts';
import { attest } from './attest-support.ts';
import { linesIn } from './evaluation-support.ts';
import { bundleOf } from './oms-support.ts';
import { checkOf, exitCode, tempFolder, trustKey, verify, writeFiles, writeModel } from './support.ts';

const link = (at: string): Reference => ({ kind: 'path', path: at });
const INPUTS = { 'config.yaml': 'lr: 0.1\n', 'uv.lock': 'numpy 2\n', 'data/a.jsonl': '{}\n', 'data/b.csv': 'a,b\n' };

/** A model whose provenance lists a configuration, a lockfile and a dataset. */
async function trained(): Promise<{ readonly model: string; readonly at: (name: string) => string }> {
  const model = writeModel({ 'weights.bin': 'numbers' });
  const folder = writeFiles(tempFolder(), INPUTS);
  const at = (name: string): string => path.join(folder, name);
  await attest(model, {
    configs: [at('config.yaml')],
    environments: [link(at('uv.lock'))],
    datasets: [link(at('data'))],
  });
  return { model, at };
}

const check = async (model: string, input: string) =>
  checkOf(await verify(model, { inputs: [input] }), 'content.input');

describe('an input', () => {
  test.each([
    ['config.yaml', 'sha256 equal to the configuration "config.yaml"'],
    ['uv.lock', 'sha256 equal to the environment "uv.lock" (declared)'],
    ['data', 'sha256, stemmaFileTreeV1 equal to the dataset "data" (declared)'],
  ])('that the provenance lists is found again: %s', async (name, message) => {
    const { model, at } = await trained();
    expect(await check(model, at(name))).toMatchObject({ required: true, outcome: 'pass', message });
    renameSync(at(name), at('renamed'));
    expect(await exitCode(model, { inputs: [at('renamed')] })).toBe(0);
  });

  test('may be a dataset of which its own statement leaves something out, under another name', async () => {
    const data = writeFiles(tempFolder(), { 'a.jsonl': '{}\n', 'tmp/x': '1' });
    await attestData(data, { ignore: ['tmp'], name: 'org/data' });
    const model = writeModel({ 'weights.bin': 'numbers' });
    await attest(model, { datasets: [link(data)] });
    writeFileSync(path.join(data, 'tmp/x'), 'changed');
    expect(await exitCode(model, { inputs: [data] })).toBe(0);
    appendFileSync(path.join(data, 'a.jsonl'), '{}\n');
    expect(await exitCode(model, { inputs: [data] })).toBe(3);
  });

  test('that a run was seen to read is found by its digest, and by the last part of its path', async () => {
    const { model, at } = await trained();
    const lines = readFileSync(linesIn(model), 'utf8').trimEnd().split('\n');
    const signed = lines.map(async (line) => {
      const payload = JSON.parse(Buffer.from(JSON.parse(line).dsseEnvelope.payload, 'base64').toString());
      payload.predicate.buildDefinition?.resolvedDependencies.push({
        name: 'src/train.py',
        digest: { sha256: '1c0d8f5cfa25bc1fa1e8b8b9c6f8b8f1cf1c1d0cbb12ffd2a4d8a9b1a5e3f001' },
        annotations: { role: 'input', evidence: 'observed', undeclared: true },
      });
      return JSON.stringify(await bundleOf(payload));
    });
    writeFileSync(linesIn(model), `${(await Promise.all(signed)).join('\n')}\n`);
    writeFileSync(at('train.py'), 'other code');
    expect(await check(model, at('train.py'))).toMatchObject({
      outcome: 'fail',
      message: 'differs from the input "src/train.py" that the provenance lists',
    });
  });

  test.each([
    ['config.yaml', (at: string) => appendFileSync(at, 'lr: 9\n')],
    ['uv.lock', (at: string) => writeFileSync(at, '')],
    ['data', (at: string) => renameSync(path.join(at, 'a.jsonl'), path.join(at, 'c.jsonl'))],
    ['data', (at: string) => writeFileSync(path.join(at, 'more.txt'), 'x')],
    ['data', (at: string) => writeFileSync(path.join(at, 'b.csv'), 'a,c\n')],
  ])('fails that is named like a listed one and is another: %s', async (name, change) => {
    const { model, at } = await trained();
    change(at(name));
    expect((await check(model, at(name))).message).toMatch(/^differs from the \w+ "[\w.]+" that the provenance lists$/);
    expect(await exitCode(model, { inputs: [at(name)] })).toBe(1);
  });

  test('that nobody lists is missing evidence', async () => {
    const { model, at } = await trained();
    writeFileSync(at('other.py'), 'x');
    expect((await check(model, at('other.py'))).message).toBe('none of the 3 inputs in the provenance is this one');
    expect(await exitCode(model, { inputs: [at('config.yaml'), at('other.py')] })).toBe(3);
  });

  test('of provenance by a stranger is missing evidence', async () => {
    const { model, at } = await trained();
    const report = await verify(model, { inputs: [at('config.yaml')], trust: [trustKey('ed25519')] });
    expect(checkOf(report, 'content.input')).toMatchObject({
      outcome: 'missing',
      message: 'no trusted provenance of these bytes lists an input',
    });
  });

  test('that is listed salted cannot be compared', async () => {
    const data = path.join(tempFolder(), 'data');
    writeFiles(data, { 'a.jsonl': '{}\n' });
    await attestData(data, { secret: secretBeside(data) });
    const model = writeModel({ 'weights.bin': 'numbers' });
    await attest(model, { datasets: [{ kind: 'evidence', path: path.join(data, 'model.attestations.jsonl') }] });
    expect(await check(model, data)).toMatchObject({
      outcome: 'unknown',
      message: expect.stringMatching(/by stemmaSaltedTreeV1 alone, which this cannot compute$/),
    });
    expect(await exitCode(model, { inputs: [data] })).toBe(3);
  });

  test('that cannot be read decides nothing', async () => {
    const { model, at } = await trained();
    mkdirSync(at('empty'));
    expect(await exitCode(model, { inputs: [at('empty')] })).toBe(4);
    symlinkSync('/etc/hostname', at('data/link'));
    expect(await exitCode(model, { inputs: [at('data')] })).toBe(4);
    await expect(verify(model, { inputs: [at('none')] })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });
});
