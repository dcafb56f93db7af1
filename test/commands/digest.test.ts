import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectInert } from '../cli/inert.ts';
import { gguf, modelOf, safetensors, sha256, tempDir, writeFiles } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');
const LINE = /^sha256:[0-9a-f]{64},stemmaFileTreeV1:[0-9a-f]{64},stemmaSegmentTreeBlake3V1:[0-9a-f]{64}\n$/;
/** reference/model-signing.md §2.5. */
const PYTHON = 'c2387c2a28e95e0c9724c9faa84ff2a3fec83bd19e25834e40a18991e8ea9b1d';
const TWO_ORDERS = { 'a-b': '1\n', 'a.txt': '2\n', 'a/b': '3\n' };

const digest = (...args: readonly string[]): Promise<CliResult> => runStemma(['digest', ...args]);

describe('digest', () => {
  it('prints the digest set of a folder, one line and nothing else', async () => {
    const { exitCode, stdout, stderr } = await digest(`${DIGITS}/base`, '--quiet');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(LINE);
  });

  it('prints a file with its own SHA-256', async () => {
    const dir = modelOf({ 'm.gguf': gguf({ a: [1, 2] }) });
    const { exitCode, stdout } = await digest(`${dir}/m.gguf`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`sha256:${sha256(gguf({ a: [1, 2] })).toString('hex')},`);
    expect(stdout).toMatch(LINE);
  });

  it('warns of a salted dataset, whose plain digest had better not be told', async () => {
    const cwd = writeFiles(tempDir(), { 'data/a.jsonl': '{}\n' });
    const run = (...args: string[]) => runStemma(args, { cwd });
    await run('key', 'generate', 'k', '--no-passphrase');
    expect((await run('dataset', 'attest', 'data', '--key', 'k.key', '--salted', 's')).exitCode).toBe(0);
    const { exitCode, stdout, stderr } = await run('digest', 'data');
    expect([exitCode, stderr.includes('"data" is or lies in a salted dataset')]).toEqual([0, true]);
    expect(stdout).toMatch(LINE);
    const { result } = onlyDocument((await run('digest', 'data', '--json')).stdout);
    expect(result).toMatchObject({ warnings: [expect.stringContaining('salted dataset')] });
  });

  it('prints a line that verify --expect takes, and that holds for no other model', async () => {
    const cwd = writeFiles(tempDir(), { 'a/weights.bin': 'a', 'b/weights.bin': 'b' });
    const run = (...args: string[]) => runStemma(args, { cwd });
    await run('key', 'generate', 'k', '--no-passphrase');
    for (const model of ['a', 'b'])
      expect((await run('attest', model, '--key', 'k.key', '--no-source')).exitCode).toBe(0);
    const { stdout } = await run('digest', 'a');
    const verify = (model: string, ...args: string[]) =>
      run('verify', model, '--key', 'k.pub', '--expect', stdout.trimEnd(), ...args);
    expect((await verify('a', '--full')).exitCode).toBe(0);
    expect((await verify('b', '--full')).exitCode).toBe(1);
    // The line names the segment tree, which this speed does not recompute.
    expect((await verify('a')).exitCode).toBe(3);
    expect((await verify('b')).exitCode).toBe(1);
  });

  it('uses SHA-256 throughout with --digest sha256', async () => {
    const { stdout } = await digest(`${DIGITS}/base`, '--digest', 'sha256');
    expect(stdout).toMatch(
      /^sha256:[0-9a-f]{64},stemmaFileTreeV1:[0-9a-f]{64},stemmaSegmentTreeSha256V1:[0-9a-f]{64}\n$/,
    );
  });

  it('notes on stderr, not in the answer, that Python orders the files otherwise', async () => {
    const { stdout, stderr } = await digest(modelOf(TWO_ORDERS));
    expect(stdout).toMatch(LINE);
    expect(stdout).not.toContain(PYTHON);
    expect(stderr).toContain(PYTHON);
  });

  it('has the other root in its JSON, and is silent on stderr', async () => {
    const { stdout, stderr } = await digest(modelOf(TWO_ORDERS), '--json');
    expect(stderr).toBe('');
    expect(onlyDocument(stdout)).toMatchObject({
      command: 'digest',
      ok: true,
      result: { pythonSha256: PYTHON, files: 3 },
    });
  });

  it('adds the roots of the trees with --verbose, the set still first', async () => {
    const dir = modelOf({ 'model.safetensors': safetensors({ a: { data: 'aa' }, b: { data: 'b' } }) });
    const { stdout } = await digest(dir, '--verbose');
    const [first, ...more] = stdout.split('\n');
    expect(`${first}\n`).toMatch(LINE);
    expect(more).toEqual([
      'folder, 1 file, 116 B',
      expect.stringMatching(/^file tree: 1 leaf, sha256, [0-9a-f]{64}$/),
      expect.stringMatching(/^segment tree: 3 leaves, blake3, [0-9a-f]{64}$/),
      expect.stringMatching(/^tensor set of model.safetensors: 2 leaves, blake3, [0-9a-f]{64}$/),
      '',
    ]);
  });

  it('warns of names that another file system confuses, so that they do nothing', async () => {
    const { exitCode, stdout, stderr } = await digest(modelOf({ '\u001b[2JA': '1', '\u001b[2Ja': '2' }));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(LINE);
    expect(stderr).toContain('warning: ');
    expect(stderr).toContain('\\x1b[2J');
    expectInert(stdout + stderr);
  });

  it.each<[string, (dir: string) => string[], number, string]>([
    ['a model that is not there', (dir) => [`${dir}/none`], 2, 'PATH_NOT_FOUND'],
    ['no model', () => [], 2, 'USAGE'],
    ['two models', (dir) => [dir, 'second'], 2, 'USAGE'],
    ['another hash', (dir) => [dir, '--digest', 'md5'], 2, 'USAGE'],
    ['an opaque file that is not there', (dir) => [dir, '--opaque', 'b'], 2, 'USAGE'],
    ['an empty model', () => [tempDir()], 4, 'MODEL_EMPTY'],
    ['a malformed model', (dir) => [writeFiles(dir, { 'm.safetensors': 'junk' })], 4, 'SAFETENSORS_INVALID'],
    ['a special file', () => ['/dev/null'], 5, 'NOT_A_REGULAR_FILE'],
  ])('refuses %s, in one document without the paths of this machine', async (_, args, exitCode, code) => {
    const dir = modelOf({ a: 'x' });
    const result = await digest(...args(dir), '--json');
    const { error, result: answer } = onlyDocument(result.stdout);
    expect([result.exitCode, error?.code, answer]).toEqual([exitCode, code, undefined]);
    expect(result.stdout).not.toContain(path.dirname(dir));
  });
});
