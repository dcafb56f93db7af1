import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { attest, sign } from './attest-support.ts';
import { type Overrides, trustKey, verify, writeFiles, writeModel } from './support.ts';

let model: string;
const at = (name: string): string => path.join(model, name);
const paths = async (overrides: Overrides = {}): Promise<string[]> =>
  (await verify(model, overrides)).notCovered.map(({ path: left }) => left);

beforeEach(async () => {
  model = writeModel({ 'weights.bin': 'numbers' });
  await attest(model);
});

describe.each(['verify', 'fast', 'full'] as const)('an honest model (%s)', (mode) => {
  test('leaves nothing open', async () => {
    const report = await verify(model, { mode });

    expect(report.notCovered).toEqual([]);
    expect(report.verdict).toMatch(mode === 'full' ? /: every byte and every root as/ : /: every byte as signed/);
    expect(await paths({ trust: [], integrityOnly: true, mode })).toEqual(mode === 'fast' ? ['model.sig'] : []);
  });

  test('has evidence of others beside its own', async () => {
    await attest(model, { key: 'p384' });

    expect(await paths({ mode, trust: [trustKey('p256'), trustKey('p384')] })).toEqual([]);
  });
});

describe('what every statement leaves out is listed where it is there', () => {
  test.each<[string, string]>([
    ['.git', '.git/pytorch_model.bin'],
    ['.gitattributes', '.gitattributes'],
    ['.github', '.github/workflows/x.yml'],
    ['.gitignore', '.gitignore'],
    ['.cache/huggingface', '.cache/huggingface/modeling_evil.py'],
    ['.cache/huggingface', '.cache/huggingface/hub/adapter.safetensors'],
  ])('%s', async (listed, name) => {
    writeFiles(model, { [name]: 'x' });
    const report = await verify(model);

    expect(report.result).toBe('pass');
    expect(report.notCovered).toEqual([{ path: listed, because: expect.stringMatching(/, part of no model$/) }]);
    expect(report.verdict).toMatch(/: every covered byte as signed, .*; 1 path is not covered$/);
  });

  test.each(['.git', '.cache/huggingface', '.cache/huggingface/link'])('a link at %s', async (name) => {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    symlinkSync('/etc', at(name));

    expect(await paths()).toEqual([name === '.git' ? '.git' : '.cache/huggingface']);
  });

  test('but not where nothing matched', async () => {
    writeFiles(model, { '.gitignore': 'x', 'weights.bin': 'NUMBERS' });

    expect(await paths()).toEqual([]);
  });
});

describe('a side file that nobody vouches for is listed', () => {
  test.each(['', 'anything at all', '{}\n'])('a manifest of %j', async (text) => {
    writeFileSync(at('model.manifest.jsonl'), text);

    expect(await paths()).toEqual(['model.manifest.jsonl']);
  });

  test('a manifest where no statement names one', async () => {
    model = writeModel({ 'weights.bin': 'numbers', 'model.manifest.jsonl': 'x' });
    await sign(model);

    expect(await paths()).toEqual(['model.manifest.jsonl']);
  });

  test('a model.sig by a stranger', async () => {
    await sign(model, { key: 'p384', force: true });

    expect(await paths()).toEqual(['model.sig']);
    expect(await paths({ trust: [trustKey('p384')] })).toEqual(['model.manifest.jsonl']);
  });

  test('attestations with lines that are none', async () => {
    appendFileSync(at('model.attestations.jsonl'), '{"text":"poisoned training record"}\nx\n');

    expect((await verify(model)).notCovered).toEqual([
      { path: 'model.attestations.jsonl', because: '2 lines are not signed evidence' },
    ]);
  });
});
