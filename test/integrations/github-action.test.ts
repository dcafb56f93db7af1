import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { action, install, main, runStep } from './action.ts';
import { ROOT, workplace } from './support.ts';

let dir: string;
beforeEach(async () => {
  dir = await workplace();
});

const file = (name: string): string => readFileSync(path.join(dir, name), 'utf8');

async function act(inputs: Readonly<Record<string, string>>, runner: Readonly<Record<string, string>> = {}) {
  const GITHUB_OUTPUT = path.join(dir, 'output');
  const GITHUB_STEP_SUMMARY = path.join(dir, 'summary.md');
  for (const name of [GITHUB_OUTPUT, GITHUB_STEP_SUMMARY]) writeFileSync(name, '');
  const files = { GITHUB_ACTION_PATH: ROOT, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY };
  const { exitCode, stdout, stderr } = await runStep(main, { cwd: dir, runner: { ...files, ...runner }, inputs });
  return { exitCode, stdout, stderr, output: file('output'), summary: file('summary.md') };
}
const verify = (inputs: Readonly<Record<string, string>>, runner?: Readonly<Record<string, string>>) =>
  act({ mode: 'verify', model: 'good', 'trusted-keys': 'p256.pub', ...inputs }, runner);

describe('action.yml', () => {
  it('is a composite action that puts no expression into a program', () => {
    expect(action.runs.using).toBe('composite');
    for (const { run, shell } of action.runs.steps) {
      expect(shell).toBe('bash');
      expect(run).not.toContain('${{');
    }
    expect(Object.values(install.env ?? {})).toEqual([]);
  });

  it('hands every input on, by a variable', () => {
    const used = Object.values(main.env ?? {}).map((value) => /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(value)?.[1]);

    expect(new Set(used)).toEqual(new Set(Object.keys(action.inputs)));
    for (const { value } of Object.values(action.outputs))
      expect(value).toMatch(/^\$\{\{ steps\.stemma\.outputs\.[a-z-]+ \}\}$/);
  });

  it('installs itself, from the lock file', () => {
    expect(install.run).toMatch(/^npm ci .*--prefix "\$GITHUB_ACTION_PATH"$/);
    for (const needed of ['package-lock.json', 'bin/run.js', 'integrations/github/run.sh'])
      expect(existsSync(path.join(ROOT, needed))).toBe(true);
  });
});

describe('the action in mode verify', () => {
  it('passes a good model, with reports, a summary of the step and a signed verdict', async () => {
    const { exitCode, output, summary } = await verify({
      reports: 'reports',
      vsa: 'reports/verdict.jsonl',
      'vsa-key': file('p384.key'),
      arguments: '--require=provenance\r\n\n--verifier-id=https://gate.example/v1\n',
    });

    expect(exitCode).toBe(0);
    expect(output).toBe('exit-code=0\n');
    expect(summary).toContain('✅ verified');
    expect(readdirSync(path.join(dir, 'reports')).toSorted()).toEqual([
      'stemma.json',
      'stemma.junit.xml',
      'stemma.sarif',
      'verdict.jsonl',
    ]);
    expect(JSON.parse(file('reports/stemma.json')).result).toBe('pass');
  });

  it.each([
    ['bad', 1],
    ['unsigned', 3],
    ['absent', 2],
  ])('fails the model %s with exit code %i', async (model, expected) => {
    const { exitCode, output } = await verify({ model });

    expect(exitCode).toBe(expected);
    expect(output).toBe(`exit-code=${expected}\n`);
  });

  it('annotates what changed', async () => {
    const { stderr, summary } = await verify({ model: 'bad' });

    expect(stderr).toMatch(/^::error file=model\.safetensors,title=stemma%3A changed::/m);
    expect(summary).toContain('❌');
  });

  it('takes the key as text', async () => {
    expect((await verify({ 'trusted-keys': file('p256.pub') })).exitCode).toBe(0);
    expect((await verify({ 'trusted-keys': file('p384.pub') })).exitCode).toBe(3);
  });

  it('trusts nobody whom the workflow does not name', async () => {
    const runner = { STEMMA_TRUSTED_KEYS: path.join(dir, 'p256.pub') };

    expect((await verify({ 'trusted-keys': '' }, runner)).exitCode).toBe(2);
    expect((await verify({ 'trusted-keys': 'p384.pub' }, runner)).exitCode).toBe(3);
  });

  it.each([
    '$(touch pwned)',
    '`touch pwned`',
    '; touch pwned',
    'good"; touch pwned; "',
    '--integrity-only',
    '-h',
    'good\ntouch pwned',
    '*',
  ])('takes the model name %j for a name', async (model) => {
    const { exitCode } = await verify({ model });

    expect(exitCode).toBe(2);
    expect(existsSync(path.join(dir, 'pwned'))).toBe(false);
  });

  it.each(['$(touch pwned)', '; touch pwned', '--key=$(touch pwned)', '`touch pwned`', '&& touch pwned'])(
    'takes the argument %j for an argument',
    async (line) => {
      const { exitCode } = await verify({ arguments: line });

      expect(exitCode).toBe(2);
      expect(existsSync(path.join(dir, 'pwned'))).toBe(false);
    },
  );

  it.each<[string, Readonly<Record<string, string>>]>([
    ['another mode', { mode: 'sign' }],
    ['no mode', { mode: '' }],
    ['a mode with a command in it', { mode: 'verify; touch pwned' }],
    ['no model', { model: '' }],
    ['a signing key', { 'signing-key': 'p256.key' }],
  ])('refuses %s', async (_, inputs) => {
    const { exitCode, stdout, stderr } = await verify(inputs);

    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^::error title=stemma::[^\n]+$/);
    expect(existsSync(path.join(dir, 'pwned'))).toBe(false);
  });
});

describe('the action in mode attest', () => {
  const sign = (inputs: Readonly<Record<string, string>>) =>
    act({ mode: 'attest', model: 'unsigned', 'signing-key': file('p256.key'), arguments: '--no-source', ...inputs });

  it('attests with a key out of a secret, which verifies then, and shows nothing of it', async () => {
    const { exitCode, stdout, stderr } = await sign({});

    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain('PRIVATE KEY');
    expect((await verify({ model: 'unsigned' })).exitCode).toBe(0);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['no key', { 'signing-key': '' }],
    ['the inputs of verify', { reports: 'reports' }],
    ['a trusted key', { 'trusted-keys': 'p256.pub' }],
  ])('refuses %s', async (_, inputs) => {
    expect((await sign(inputs)).exitCode).toBe(2);
    expect(readdirSync(path.join(dir, 'unsigned')).toSorted()).toEqual(['config.json', 'model.safetensors']);
  });
});
