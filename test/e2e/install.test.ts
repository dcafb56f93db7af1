import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliResult } from '../support/cli.ts';
import { installPackage, type Project, ROOT } from './package.ts';

let project: Project;
beforeAll(async () => {
  project = await installPackage();
});
afterAll(() => rmSync(path.dirname(project.folder), { recursive: true, force: true }));

const SECRET = { STEMMA_PASSPHRASE: 'correct horse' };
const stemma = (...args: string[]): Promise<CliResult> => project.run('stemma', args, SECRET);

function changeByte(file: string, position: number): void {
  const bytes = readFileSync(file);
  bytes[position] = 1 ^ (bytes[position] ?? 0);
  writeFileSync(file, bytes);
}

describe('the tarball', () => {
  it('holds what a user needs to run, read and reuse', () => {
    for (const file of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'bin/run.js',
      'oclif.manifest.json',
      'dist/core/index.d.ts',
    ])
      expect(project.packed).toContain(file);
  });

  it('holds no sources, tests, source maps, private keys or scripts', () => {
    const unwanted = project.packed.filter((file) =>
      /^(?:src|test|bench|scripts|\.)|\.map$|\.key$|\.py$|dev\.js$/.test(file),
    );

    expect(unwanted).toEqual([]);
  });
});

describe('the oldest Node that package.json allows', () => {
  it('runs every command: key, attest, sign, verify in each speed, digest, inspect, diff, demo', async () => {
    const { engines } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    const oldest = `node-${process.platform}-${process.arch}`;
    const installed = await project.run('npm', ['install', '--no-save', `${oldest}@${engines.node.replace('>=', '')}`]);
    expect(installed.exitCode, installed.stderr).toBe(0);
    const node = path.join(project.folder, 'node_modules', oldest, 'bin/node');
    const folder = mkdtempSync(path.join(project.folder, 'oldest-'));
    for (const name of ['base', 'finetuned'])
      cpSync(path.join(ROOT, 'fixtures/digits', name), path.join(folder, name), { recursive: true });
    const at = (name: string): string => path.join(folder, name);
    const failed: string[] = [];
    for (const args of [
      ['--version'],
      ['key', 'generate', at('old')],
      ['key', 'show', at('old.pub')],
      ['attest', at('finetuned'), '--key', at('old.key'), '--base', at('base'), '--no-source'],
      ['sign', at('base'), '--key', at('old.key')],
      ['verify', at('finetuned'), '--key', at('old.pub'), '--report', `sarif=${at('verify.sarif')}`],
      ['verify', at('finetuned'), '--key', at('old.pub'), '--fast'],
      ['verify', at('finetuned'), '--key', at('old.pub'), '--full'],
      ['digest', at('base')],
      ['inspect', at('base')],
      ['diff', at('base'), at('base')],
      ['demo'],
    ]) {
      const { exitCode, stderr } = await project.run(
        node,
        [path.join(project.folder, 'node_modules/stemma/bin/run.js'), ...args],
        SECRET,
      );
      if (exitCode !== 0) failed.push(`${args[0]} exited ${exitCode}: ${stderr}`);
    }

    expect(failed).toEqual([]);
  });
});

describe('the installed command', () => {
  it('is found by npx and knows its version', async () => {
    const { exitCode, stdout } = await project.run('npx', ['--no-install', 'stemma', '--version']);

    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect([exitCode, stdout.split(' ')[0]]).toEqual([0, `stemma/${version}`]);
  });

  it('attests a model, verifies it, and refuses it once a byte has changed', async () => {
    const model = path.join(mkdtempSync(path.join(project.folder, 'model-')), 'digits');
    cpSync(path.join(ROOT, 'fixtures/digits/finetuned'), model, { recursive: true });
    const codes: (number | null)[] = [];
    const step = async (...args: string[]): Promise<CliResult> => {
      const result = await stemma(...args);
      codes.push(result.exitCode);
      return result;
    };

    await step('key', 'generate', 'trainer');
    await step('attest', model, '--key', 'trainer.key', '--no-source');
    await step('verify', model, '--key', 'trainer.pub');
    await step('verify', model, '--key', 'trainer.pub', '--fast');
    changeByte(path.join(model, 'model.safetensors'), 20_000);
    const refused = await step('verify', model, '--key', 'trainer.pub');
    await step('verify', model, '--key', 'trainer.pub', '--fast');
    await step('verify', model);

    expect(codes).toEqual([0, 0, 0, 0, 1, 1, 2]);
    expect(refused.stdout).toContain('model.safetensors  changed');
    expect(refused.stdout).toContain('tensor layers.1.weight');
  });

  it('shows its demonstration from the files it was installed with', async () => {
    const { exitCode, stdout } = await stemma('demo', '--json');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, result: { asTold: true } });
  });
});

describe('the installed library', () => {
  it('runs the example', async () => {
    cpSync(path.join(ROOT, 'examples/attest-and-verify.mjs'), path.join(project.folder, 'example.mjs'));

    const { exitCode, stdout } = await project.run('node', ['example.mjs', path.join(ROOT, 'fixtures/digits/base')]);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('verified: every byte');
  });

  it('fails the example for a model that is none', async () => {
    cpSync(path.join(ROOT, 'examples/attest-and-verify.mjs'), path.join(project.folder, 'example.mjs'));
    writeFileSync(path.join(project.folder, 'broken.safetensors'), 'short');

    const { exitCode, stderr } = await project.run('node', ['example.mjs', 'broken.safetensors']);

    expect([exitCode, stderr.split(':')[0]]).toEqual([2, 'SAFETENSORS_INVALID']);
  });

  it('has no way in but its entry', async () => {
    const { exitCode, stderr } = await project.run('node', ['-e', "await import('stemma/dist/core/keys/index.js')"]);

    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('comes with types that accept right use and refuse wrong use', async () => {
    const use = (mode: string): string =>
      `import { VERIFY_DEFAULTS, verifyModel, type Report } from 'stemma';
export const report: Promise<Report> = verifyModel({ ...VERIFY_DEFAULTS, model: 'm', trust: [], at: new Date(), version: '1', mode: '${mode}' });
`;
    writeFileSync(path.join(project.folder, 'right.ts'), use('fast'));
    writeFileSync(path.join(project.folder, 'wrong.ts'), use('quick'));
    const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
    const nodeTypes = ['--types', 'node', '--typeRoots', path.join(ROOT, 'node_modules/@types')];
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', ...nodeTypes];

    const right = await project.run(tsc, [...flags, 'right.ts']);
    const wrong = await project.run(tsc, [...flags, 'wrong.ts']);

    expect([right.exitCode, right.stdout]).toEqual([0, '']);
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.stdout).toContain('"quick"');
  });
});
