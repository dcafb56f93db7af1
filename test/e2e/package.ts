import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CliResult, plainEnvironment } from '../support/cli.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** An empty project of a user's with the packed package installed in it. */
export interface Project {
  readonly folder: string;
  /** Paths in the tarball, without its `package/`. */
  readonly packed: readonly string[];
  /** Runs a program of `node_modules/.bin`, or one on the PATH, in the project. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult>;
}

/** Packs the checkout as `npm publish` would, build included, and installs the tarball with its dependencies from the registry. */
export async function installPackage(): Promise<Project> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-e2e-'));
  const tarballs = path.join(folder, 'tarball');
  const project = path.join(folder, 'project');
  for (const made of [tarballs, project]) mkdirSync(made);
  await mustRun('npm', ['pack', '--pack-destination', tarballs], ROOT);
  const tarball = path.join(tarballs, readdirSync(tarballs)[0] ?? 'none');
  writeFileSync(path.join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  await mustRun('npm', ['install', '--no-audit', '--no-fund', tarball], project);
  const { stdout } = await mustRun('tar', ['-tzf', tarball], project);
  return {
    folder: project,
    packed: stdout
      .trim()
      .split('\n')
      .map((name) => name.replace(/^package\//, '')),
    run: (program, args, env) => run(program, args, project, env),
  };
}

async function mustRun(program: string, args: readonly string[], cwd: string): Promise<CliResult> {
  const result = await run(program, args, cwd);
  if (result.exitCode !== 0) throw new Error(`${program} ${args[0]} exited ${result.exitCode}: ${result.stderr}`);
  return result;
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env?: Readonly<Record<string, string>>,
): Promise<CliResult> {
  // The Node that runs the tests, and the project's own programs before those of the checkout.
  const search = [path.join(cwd, 'node_modules/.bin'), path.dirname(process.execPath), process.env['PATH']];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: plainEnvironment({ ...env, PATH: search.join(path.delimiter) }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, ...output }));
  });
}
