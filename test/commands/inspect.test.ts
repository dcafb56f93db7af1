import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectInert } from '../cli/inert.ts';
import { gguf, LFS_POINTER, modelOf, safetensors, tempDir, tensorsNamed } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');

const inspect = (...args: readonly string[]): Promise<CliResult> => runStemma(['inspect', ...args]);

describe('inspect', () => {
  it('lists tensor sets, data types and parameters of a sharded model', async () => {
    const { exitCode, stdout, stderr } = await inspect(`${DIGITS}/resharded`);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^resharded {2}folder, 6 files, /),
      '',
      'Tensor sets',
      '  model.safetensors.index.json  safetensors, 6 tensors, 6570 parameters, 3 files',
      expect.stringMatching(/^ {4}F32 {2}6 tensors, 6570 parameters, /),
      '',
    ]);
  });

  it('has words for the one file of a single-file model', async () => {
    const { stdout } = await inspect(`${DIGITS}/gguf/digits-finetuned.gguf`);
    expect(stdout).toContain(
      '  the file  gguf, 6 tensors, 6570 parameters, 1 file\n    Q8_0  1 tensor, 4096 parameters, ',
    );
    expect(stdout).toContain('  chat-template  the header carries a chat template');
  });

  it('lists findings without refusing the model', async () => {
    const dir = modelOf({
      'modeling.py': 'x',
      'pytorch_model.bin': 'x',
      'chat_template.jinja': 'x',
      'm.gguf': gguf({ a: [1] }),
    });
    const { exitCode, stdout } = await inspect(dir);
    expect(exitCode).toBe(0);
    for (const line of [
      'chat-template  chat_template.jinja: ',
      'remote-code  modeling.py: ',
      'executes-on-load  pytorch_model.bin: ',
    ])
      expect(stdout).toContain(`\n  ${line}`);
    expect(stdout).not.toContain('attest would refuse');
  });

  it('exits 4 where attest would refuse, and says all of why', async () => {
    const dir = modelOf({ 'a.safetensors': 'junk', 'b.bin': LFS_POINTER, 'c.safetensors': tensorsNamed('w') });
    symlinkSync('nowhere', `${dir}/link`);
    const { exitCode, stdout } = await inspect(dir);
    expect(exitCode).toBe(4);
    expect(stdout).toContain('\nattest would refuse\n  SYMLINK_REFUSED  link: ');
    expect(stdout).toContain('\n  SAFETENSORS_INVALID  a.safetensors: ');
    expect(stdout).toContain('\n  LFS_POINTER  b.bin: ');
    expect(stdout).toContain('\n  c.safetensors  safetensors, 1 tensor, 1 parameter, 1 file\n');
  });

  it('has the same reasons in its JSON, as a result and not as an error', async () => {
    const { exitCode, stdout } = await inspect(modelOf({ 'a.safetensors': 'junk' }), '--json');
    expect(exitCode).toBe(4);
    expect(onlyDocument(stdout)).toMatchObject({
      command: 'inspect',
      ok: false,
      exitCode: 4,
      result: { files: 1, tensorSets: [], problems: [{ path: 'a.safetensors', code: 'SAFETENSORS_INVALID' }] },
    });
  });

  it('refuses nothing that is left out or taken as plain bytes', async () => {
    const dir = modelOf({ 'a.safetensors': 'junk', 'b.bin': LFS_POINTER });
    const { exitCode, stdout } = await inspect(dir, '--opaque', 'a.safetensors', '--ignore', 'b.bin');
    expect([exitCode, stdout.includes('attest would refuse')]).toEqual([0, false]);
  });

  it('cuts a long list of data types, and shows all with --verbose', async () => {
    const dtypes = ['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'U16', 'I16', 'F16', 'BF16', 'U32'];
    const tensors = dtypes.map((dtype, i) => [
      dtype,
      { dtype, shape: [4 / (i < 5 ? 1 : i < 9 ? 2 : 4)], data: 'xxxx' },
    ]);
    const dir = modelOf({ 'm.safetensors': safetensors(Object.fromEntries(tensors)) });
    const [short, long] = [await inspect(dir), await inspect(dir, '--verbose')];
    expect(short.stdout).toMatch(/\n {2}and 2 more data types; --verbose or --json shows all\n/);
    expect(long.stdout).not.toContain('more data types');
    for (const dtype of dtypes) expect(long.stdout).toContain(`\n    ${dtype}  1 tensor, `);
  });

  it('shows names so that they do nothing', async () => {
    const dir = modelOf({
      '\u001b[2J\u202e##[x].py': 'x',
      'm.safetensors.index.json': '{"weight_map":{"\\u001b]0;x\\u0007::":"##[s].safetensors"}}',
    });
    const { exitCode, stdout, stderr } = await inspect(dir);
    expect(exitCode).toBe(4);
    expect(stdout).toContain('\\x1b[2J');
    expectInert(stdout + stderr);
  });

  it.each<[string, (dir: string) => string[], number, string]>([
    ['a model that is not there', (dir) => [`${dir}/none`], 2, 'PATH_NOT_FOUND'],
    ['no model', () => [], 2, 'USAGE'],
    ['a path outside', (dir) => [dir, '--ignore', '../x'], 2, 'USAGE'],
    ['a flag of another command', (dir) => [dir, '--key', 'x'], 2, 'USAGE'],
    ['a special file', () => ['/dev/null'], 5, 'NOT_A_REGULAR_FILE'],
  ])('refuses %s', async (_, args, exitCode, code) => {
    const dir = modelOf({ a: 'x' });
    const result = await inspect(...args(dir), '--json');
    const { error, result: answer } = onlyDocument(result.stdout);
    expect([result.exitCode, error?.code, answer]).toEqual([exitCode, code, undefined]);
    expect(result.stdout).not.toContain(path.dirname(dir));
  });

  it('exits 4 for an empty folder', async () => {
    const dir = tempDir();
    mkdirSync(`${dir}/empty`);
    const { exitCode, stdout } = await inspect(`${dir}/empty`);
    expect(exitCode).toBe(4);
    expect(stdout).toContain('attest would refuse\n  MODEL_EMPTY  "empty" has no file');
  });
});
