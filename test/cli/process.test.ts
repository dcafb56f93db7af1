import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { onlyDocument, plainEnvironment, runStemma } from '../support/cli.ts';
import { expectInert } from './inert.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const HARNESS = 'test/cli/harness/run.ts';
const folder = (): string => mkdtempSync(path.join(tmpdir(), 'stemma-cli-'));

describe('usage errors', () => {
  it.each([
    [['nonsense']],
    [['key', 'shwo']],
    [['key', 'show']],
    [['key', 'show', 'a', 'b']],
    [['key', 'show', 'a.pub', '--nonsense']],
    [['key', 'show', 'does-not-exist.pub']],
    [['key', 'generate', 'x', '--type', 'rsa']],
    [['key', 'generate', 'x', '--no-passphrase', '--passphrase-file', 'p']],
    [['--nonsense']],
    [['nonsense', '--help']],
    [['autocomplete', '--nonsense']],
  ])('%j exits 2 with a message, and under --json with one document', async (args) => {
    const cwd = folder();
    const [human, json] = await Promise.all([runStemma(args, { cwd }), runStemma([...args, '--json'], { cwd })]);

    expect(human).toMatchObject({ exitCode: 2, stdout: '' });
    expect(human.stderr).toMatch(/^error: [^A-Z].*[^.]\n(?:hint: .*\n)?$/s);
    expect(json).toMatchObject({ exitCode: 2, stderr: '' });
    expect(onlyDocument(json.stdout)).toMatchObject({
      schemaVersion: 1,
      ok: false,
      exitCode: 2,
      error: { code: expect.any(String) },
    });
    expect(json.stdout).not.toContain(ROOT);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('suggest the command that was meant', async () => {
    const { stderr } = await runStemma(['key', 'shwo']);

    expect(stderr).toContain('did you mean: stemma key show');
  });

  it('print a hostile argument escaped', async () => {
    const { stderr } = await runStemma(['key', 'show', 'a\u001b[31m\u202e::error::##[x']);

    expectInert(stderr);
    expect(stderr).toContain('\\x1b');
  });
});

describe('what breaks', () => {
  it.each([[['crash']], [['crash', '--later']], [['stall']]])('%j exits 70, never 0 or 1', async (args) => {
    const [human, json] = await Promise.all([
      runStemma(args, { script: HARNESS }),
      runStemma([...args, '--json'], { script: HARNESS }),
    ]);

    expect(human).toMatchObject({ exitCode: 70, stdout: '' });
    expectInert(human.stderr);
    expect(json.exitCode).toBe(70);
    expect(onlyDocument(json.stdout)).toMatchObject({ ok: false, exitCode: 70, error: { code: 'INTERNAL' } });
    expect(json.stdout).not.toContain(ROOT);
  });

  it('after the answer is no pass either, and no second document', async () => {
    const { exitCode, stdout } = await runStemma(['afterwards', '--json'], { script: HARNESS });

    expect(exitCode).toBe(70);
    expect(onlyDocument(stdout)).toMatchObject({ ok: true, result: {} });
  });

  it('shows a stack only under --debug', async () => {
    const plain = await runStemma(['crash'], { script: HARNESS });
    const debug = await runStemma(['crash', '--debug'], { script: HARNESS });

    expect(plain.stderr).not.toContain('    at ');
    expect(debug.stderr).toContain('    at ');
    expect(debug.exitCode).toBe(70);
  });
});

describe('warnings and notes', () => {
  it('go to stderr, escaped, and leave stdout to the answer', async () => {
    const { stdout, stderr } = await runStemma(['flags'], { script: HARNESS });

    expect(stdout).toBe('done\n');
    expect(stderr).toMatch(/^warning: a .*\na note\n$/);
    expectInert(stderr);
  });

  it('are in the document under --json, and nowhere else', async () => {
    const { stdout, stderr } = await runStemma(['flags', '--json'], { script: HARNESS });

    expect(stderr).toBe('');
    expectInert(stdout);
    expect(onlyDocument(stdout).warnings).toEqual(['a \u001b[31mwarning\u001b[0m ::set-output name=x::y']);
  });

  it('lose the notes, not the warnings, under --quiet', async () => {
    const { stderr } = await runStemma(['flags', '-q'], { script: HARNESS });

    expect(stderr).toMatch(/^warning: .*\n$/);
  });
});

describe('a reader that goes away', () => {
  it.each([[['flood']], [['flood', '--json']]])('does not change the exit code of %j', async (args) => {
    const child = spawn(process.execPath, [path.join(ROOT, HARNESS), ...args], { env: plainEnvironment() });
    child.stdout.once('data', () => child.stdout.destroy());
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));

    const exitCode = await new Promise((resolve) => child.on('close', resolve));

    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
  });

  it('does not change it on stderr either', async () => {
    const child = spawn(process.execPath, [path.join(ROOT, 'bin/dev.js'), 'nonsense'], { env: plainEnvironment() });
    child.stderr.destroy();

    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(2);
  });
});

describe('an interrupt', () => {
  const start = async (args: readonly string[], cwd: string) => {
    const child = spawn(process.execPath, [path.join(ROOT, HARNESS), ...args], { cwd, env: plainEnvironment() });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (text: Buffer) => (output.stdout += text.toString()));
    const ready = new Promise<void>((resolve) =>
      child.stderr.on('data', (text: Buffer) => {
        output.stderr += text.toString();
        if (output.stderr.includes('ready')) resolve();
      }),
    );
    await ready;
    return { child, output, closed: new Promise((resolve) => child.on('close', resolve)) };
  };

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s lets the work clean up and exits 130', async (signal) => {
    const cwd = folder();
    const { child, output, closed } = await start(['wait'], cwd);
    expect(readdirSync(cwd)).toEqual(['half-written.tmp']);

    child.kill(signal);

    expect(await closed).toBe(130);
    expect(readdirSync(cwd)).toEqual([]);
    expect(output.stdout).toBe('');
    expect(output.stderr).toContain('error: interrupted');
  });

  it('prints one document under --json', async () => {
    const { child, output, closed } = await start(['wait', '--json'], folder());

    child.kill('SIGINT');

    expect(await closed).toBe(130);
    expect(onlyDocument(output.stdout)).toMatchObject({ exitCode: 130, error: { code: 'INTERRUPTED' } });
  });

  it('ends at once the second time', async () => {
    const { child, output, closed } = await start(['hang'], folder());

    child.kill('SIGINT');
    while (!output.stderr.includes('Ctrl-C')) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');

    expect(await closed).toBe(130);
  });
});

describe('a report', () => {
  it('is the one document under --json, and its result is the exit code', async () => {
    const { stdout, exitCode } = await runStemma(['report', '--json'], { script: HARNESS });

    expect(exitCode).toBe(1);
    expectInert(stdout);
    expect(onlyDocument(stdout)).toMatchObject({ ok: false, exitCode: 1, result: { result: 'fail' } });
  });

  it('is written in every format asked for, besides the answer', async () => {
    const cwd = folder();
    const flags = ['json=r.json', 'sarif=r.sarif', 'junit=r.xml', 'markdown=r.md'].flatMap((value) => [
      '--report',
      value,
    ]);
    const { stdout, exitCode } = await runStemma(['report', ...flags], { script: HARNESS, cwd });

    expect(exitCode).toBe(1);
    expectInert(stdout);
    expect(readdirSync(cwd).toSorted()).toEqual(['r.json', 'r.md', 'r.sarif', 'r.xml']);
  });

  it('keeps a negative verdict when a file cannot be written', async () => {
    const cwd = folder();
    writeFileSync(path.join(cwd, 'file'), '');
    const { stdout, stderr, exitCode } = await runStemma(['report', '--report', 'json=file/report.json'], {
      script: HARNESS,
      cwd,
    });

    expect(exitCode).toBe(1);
    expect(stdout).toContain('FAIL');
    expect(stderr).toContain('warning: the json report is not written: ');
  });

  it('annotates on stderr and appends to the step summary for GitHub', async () => {
    const summary = path.join(folder(), 'summary.md');
    const { stdout, stderr } = await runStemma(['report', '--report', 'github', '--json'], {
      script: HARNESS,
      env: { GITHUB_STEP_SUMMARY: summary },
    });

    expect(onlyDocument(stdout).ok).toBe(false);
    expect(stderr).toMatch(/^::error /);
    expectInert(readFileSync(summary, 'utf8'));
  });
});

describe('the ways in', () => {
  it('say the version, also as JSON', async () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const human = await runStemma(['--version']);
    const json = await runStemma(['--version', '--json']);

    expect(human).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(`^stemma/${version} `) });
    expect(onlyDocument(json.stdout)).toMatchObject({ ok: true, command: 'version', result: { version } });
  });

  it.each([[[]], [['--help']], [['key']], [['key', 'show', '--help']]])(
    'help with %j, also as one document',
    async (args) => {
      const [human, json] = await Promise.all([runStemma(args), runStemma([...args, '--json'])]);

      expect(human).toMatchObject({ exitCode: 0, stderr: '' });
      expect(human.stdout).toContain('USAGE');
      expect(json.exitCode).toBe(0);
      expect(onlyDocument(json.stdout)).toMatchObject({ ok: true, result: { text: expect.stringContaining('USAGE') } });
    },
  );

  it('say which Node is needed where it is too old, and exit 2', async () => {
    const script = `
      Object.defineProperty(process.versions, 'node', { value: '22.22.1' });
      import(${JSON.stringify(path.join(ROOT, 'bin/run.js'))});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: plainEnvironment() });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));

    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(2);
    expect(stderr).toContain('needs Node.js 22.22.2 or newer, found 22.22.1');
  });

  it('start from a file that an old Node can parse, which takes it for CommonJS', () => {
    const source = readFileSync(path.join(ROOT, 'bin/run.js'), 'utf8');

    expect(() => new Script(source.replace(/^#!.*/, ''))).not.toThrow();
    expect(source).not.toMatch(/\?\.|\?\?|=>|`|\bconst\b|\blet\b|\bawait\b|import\.meta/);
  });
});
