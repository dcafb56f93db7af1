import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderDifference } from '../../src/cli/render/difference.ts';
import { compareModels } from '../../src/core/model/index.ts';
import { expectInert } from '../cli/inert.ts';
import { type Files, modelOf, safetensors, tempDir, writeFiles } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');
const M = 'model.safetensors';
const TENSORS = { a: { data: 'aaaa' }, b: { data: 'bb' }, c: { data: 'cc' } };
const MODEL: Files = { [M]: safetensors(TENSORS), 'tokenizer.json': '{}', 'config.json': '{}' };

const diff = (...args: readonly string[]): Promise<CliResult> => runStemma(['diff', ...args]);

/** What the command prints, without a process of its own. */
async function printed(before: string, after: string, settings: { verbose?: boolean } = {}): Promise<string> {
  const options = { ignore: [], opaque: [], allowSymlinks: false };
  const look = { color: false, unicode: true, verbose: false, ...settings };
  return renderDifference(await compareModels(before, after, options), look);
}

describe('diff of two models', () => {
  it('that are the same exits 0 and says so', async () => {
    const { exitCode, stdout, stderr } = await diff(modelOf(MODEL), modelOf(MODEL));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      'tensors of model.safetensors: 3 unchanged, 0 different\nthe same: every file has the same name and bytes\n',
    );
  });

  it('exits 1 and marks each file and tensor that was added, removed, changed, renamed, retyped', async () => {
    const before = modelOf({ ...MODEL, old: 'o', gone: 'g' });
    const { c: _, ...kept } = TENSORS;
    const after = modelOf({
      ...MODEL,
      [M]: safetensors({ ...kept, a: { dtype: 'F16', shape: [2], data: 'aaaa' }, b: { data: 'bx' }, d: { data: 'd' } }),
      new: 'o',
      'config.json': '{"a":1}',
      more: 'm',
    });
    const { exitCode, stdout } = await diff(before, after);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'files',
      '~ config.json  changed',
      '- gone  removed',
      '~ model.safetensors  changed',
      '+ more  added',
      '> new  renamed (was old)',
      'tensors of model.safetensors: 0 unchanged, 4 different',
      '  ! a  retyped from U8 [4] to F16 [2]',
      '  ~ b  changed',
      '  - c  removed',
      '  + d  added',
      'different: 5 files, 4 tensors, 0.00 % of 5 parameters unchanged',
      '',
    ]);
  });

  it('says that only metadata moved where no tensor did (attack row 67)', async () => {
    const { exitCode, stdout } = await diff(
      modelOf(MODEL),
      modelOf({ ...MODEL, 'tokenizer.json': '{"evil":1}', 'chat_template.jinja': '{{ evil }}' }),
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain('different: 0 tensors changed, only metadata, 100.00 % of 8 parameters unchanged');
  });

  it('does not call code or a pickle metadata', async () => {
    const stdout = await printed(modelOf(MODEL), modelOf({ ...MODEL, 'modeling.py': 'import os' }));
    expect(stdout).toContain('different: 1 file, 0 tensors, 100.00 %');
    expect(stdout).not.toContain('only metadata');
  });

  it('does not speak of tensors where there are none to compare', async () => {
    const stdout = await printed(modelOf({ 'pytorch_model.bin': 'x' }), modelOf({ 'pytorch_model.bin': 'y' }));
    expect(stdout).toContain('different: 1 file; there are no tensors to compare');
    expect(stdout).not.toContain('0 tensors');
  });

  it('does not round up to 100 % unchanged', async () => {
    const big = (last: string) => modelOf({ [M]: safetensors({ a: { data: 'a'.repeat(99_999) }, b: { data: last } }) });
    const stdout = await printed(big('x'), big('y'));
    expect(stdout).toContain('different: 1 file, 1 tensor, 99.99 % of 100000 parameters unchanged');
  });

  it('finds the same tensors in other files', async () => {
    const stdout = await printed(`${DIGITS}/finetuned`, `${DIGITS}/resharded`);
    expect(stdout).toContain('tensors of model.safetensors → model.safetensors.index.json: 6 unchanged, 0 different\n');
    expect(stdout).toContain('0 tensors changed, only metadata and which files hold them, 100.00 %');
  });

  it('compares single files, and a file with a folder', async () => {
    const [a, b] = [`${DIGITS}/base/${M}`, `${DIGITS}/finetuned/${M}`];
    expect(await printed(a, b)).toContain('~ the file  changed\ntensors of the file: 0 unchanged, 6 different\n');
    const stdout = await printed(a, `${DIGITS}/base`);
    expect(stdout).toContain(
      '> model.safetensors  renamed (was the file)\ntensors of the file → model.safetensors: 6 unchanged',
    );
  });

  it('cuts long lists, and shows all with --verbose', async () => {
    const many = (data: string): Files =>
      Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`file-${String(i).padStart(2, '0')}`, `${data}${i}`]));
    const [before, after] = [modelOf(many('a')), modelOf(many('b'))];
    const short = await printed(before, after);
    expect(short).toContain('file-49  changed\nand 10 more files; --verbose or --json shows all\n');
    const long = await printed(before, after, { verbose: true });
    expect(long).toContain('file-59  changed\n');
    expect(long).not.toContain('more files');
  });

  it('shows names so that they do nothing', async () => {
    const hostile = '\u202e::error::x ##[group]';
    const stdout = await printed(
      modelOf({ [M]: safetensors({ ...TENSORS, gone: { dtype: 'U8', data: 'x' } }) }),
      modelOf({ [M]: safetensors({ ...TENSORS, [hostile]: { data: 'x' } }), 'a\u001b]0;x\u0007\u202e##[x]': 'x' }),
    );
    expect(stdout).toContain('\\u{202e}:\\x3aerror');
    expectInert(stdout);
  });

  it('prints one document with --json, whose exit code is 1 where they differ', async () => {
    const { exitCode, stdout, stderr } = await diff(modelOf(MODEL), modelOf({ ...MODEL, x: '1' }), '--json');
    expect([exitCode, stderr]).toEqual([1, '']);
    expect(onlyDocument(stdout)).toMatchObject({
      command: 'diff',
      ok: false,
      exitCode: 1,
      result: { same: false, files: [{ path: 'x', change: 'added' }], unchangedShare: 1_000_000, onlyMetadata: false },
    });
  });
});

describe('diff refuses', () => {
  it.each<[string, (dir: string) => string[], number, string]>([
    ['a model that is not there', (dir) => [`${dir}/none`, dir], 2, 'PATH_NOT_FOUND'],
    ['a second model that is not there', (dir) => [dir, `${dir}/none`], 2, 'PATH_NOT_FOUND'],
    ['a manifest that is not there', (dir) => [`${dir}/none.manifest.jsonl`, dir], 2, 'PATH_NOT_FOUND'],
    ['one operand', (dir) => [dir], 2, 'USAGE'],
    ['an ignored path outside', (dir) => [dir, dir, '--ignore', '../x'], 2, 'USAGE'],
    ['a malformed model', (dir) => [dir, modelOf({ [M]: 'junk' })], 4, 'SAFETENSORS_INVALID'],
    [
      'a manifest that is none',
      () => [`${writeFiles(tempDir(), { 'x.manifest.jsonl': '{}\n' })}/x.manifest.jsonl`, modelOf(MODEL)],
      4,
      'MANIFEST_INVALID',
    ],
  ])('%s', async (_, args, exitCode, code) => {
    const result = await diff(...args(modelOf(MODEL)), '--json');
    const document = onlyDocument(result.stdout);
    expect([result.exitCode, document.error?.code, document.result]).toEqual([exitCode, code, undefined]);
    expect(result.stdout).not.toContain(tmpdir());
  });
});
