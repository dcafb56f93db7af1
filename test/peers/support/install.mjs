import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, run } from './process.mjs';

/** Where peers are installed once; ignored by Git, kept between runs. */
export const CACHE = path.resolve(import.meta.dirname, '../../../.cache/peers');

const PYTHON = process.env.PYTHON ?? 'python3';

/** A peer that this machine cannot have: red in CI, a loud skip elsewhere. */
export class PeerUnavailable extends Error {}

/**
 * The folder `name` of the cache, filled by `install` unless that was done before with the same pins. The mark is
 * written last, so that an installation that was cut off is done again.
 */
export function installOnce(name, pins, install) {
  const folder = path.join(CACHE, name);
  const mark = path.join(folder, '.installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === pins) return folder;
  console.log(`     installing ${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  install(folder);
  writeFileSync(mark, pins);
  return folder;
}

/** A virtual environment with exactly the packages of a requirements file. Returns its folder of programs. */
export function venv(name, requirements) {
  const folder = installOnce(name, readFileSync(requirements, 'utf8'), (target) => {
    step(PYTHON, ['-m', 'venv', target]);
    step(path.join(target, 'bin/python'), pip('install', '--no-deps', '-r', requirements));
  });
  return path.join(folder, 'bin');
}

/** A Python package's wheel, unpacked and never installed. Returns the folder of its files. */
export function wheel(name, version) {
  return installOnce(`${name}-${version}`, version, (target) => {
    step(PYTHON, pip('download', '--no-deps', '--only-binary', ':all:', '-d', target, `${name}==${version}`));
    const file = `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`;
    step(PYTHON, ['-m', 'zipfile', '-e', path.join(target, file), target]);
    rmSync(path.join(target, file));
  });
}

/** A Go program built from a tagged module version. Returns its path. */
export function goProgram(name, module, version) {
  const folder = installOnce(`${name}-${version}`, version, (target) => {
    step('go', ['install', `${module}@${version}`], { env: { ...process.env, GOBIN: path.join(target, 'bin') } });
  });
  return path.join(folder, 'bin', name);
}

/** The Go program whose sources lie in `sources`, with its go.mod and go.sum. Returns its path. */
export function goSources(name, sources) {
  const pins = ['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(path.join(sources, file), 'utf8'));
  const folder = installOnce(name, pins.join('\n'), (target) => {
    step('go', ['build', '-o', path.join(target, name), '.'], { cwd: sources });
  });
  return path.join(folder, name);
}

/** A command of a Go module that the go.mod in `sources` requires, built as its go.sum pins it. Returns its path. */
export function goTool(name, command, sources) {
  const pins = readFileSync(path.join(sources, 'go.sum'), 'utf8');
  const folder = installOnce(goToolFolder(name, sources), pins, (target) => {
    step('go', ['build', '-o', path.join(target, name), command], { cwd: sources });
  });
  return path.join(folder, name);
}

/** Where such a command lies once it was built: the name holds what it was built from. */
export function goToolFolder(name, sources) {
  const pins = readFileSync(path.join(sources, 'go.sum'));
  return `${name}-${createHash('sha256').update(pins).digest('hex').slice(0, 12)}`;
}

/** A Rust program built from a released crate with the lock file it was released with. Returns its path. */
export function rustProgram(name, version) {
  const folder = installOnce(`${name}-${version}`, version, (target) => {
    step('cargo', ['install', '--quiet', '--locked', '--root', target, '--version', version, name]);
  });
  return path.join(folder, 'bin', name);
}

/** A program that the machine must already have. Returns its first line about its version. */
export function machineProgram(name, args = ['--version']) {
  const result = run(name, args);
  if (result.status !== 0) throw new PeerUnavailable(`${name} is not on this machine`);
  return result.stdout.split('\n')[0];
}

function pip(...args) {
  return ['-m', 'pip', '--quiet', '--disable-pip-version-check', ...args];
}

function step(program, args, options) {
  const result = run(program, args, options);
  if (result.status !== 0) throw new PeerUnavailable(describe(result));
}
