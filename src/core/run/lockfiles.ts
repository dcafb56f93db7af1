import { lstatSync } from 'node:fs';
import path from 'node:path';

/** Files that say which versions of what a run was made with, as package managers call them. */
const LOCKFILES: readonly string[] = [
  'Cargo.lock',
  'Gemfile.lock',
  'Pipfile.lock',
  'conda-lock.yml',
  'environment.yml',
  'flake.lock',
  'go.sum',
  'npm-shrinkwrap.json',
  'package-lock.json',
  'pdm.lock',
  'pixi.lock',
  'pnpm-lock.yaml',
  'poetry.lock',
  'pylock.toml',
  'renv.lock',
  'requirements.txt',
  'uv.lock',
  'yarn.lock',
];

/** Nobody's lockfile is larger, and what is found without being asked for must not take long to read. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The lockfiles in a folder: regular files only, as absolute paths, sorted by name. */
export function findLockfiles(folder: string): string[] {
  return LOCKFILES.map((name) => path.join(folder, name)).filter((file) => {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size <= MAX_BYTES;
  });
}
