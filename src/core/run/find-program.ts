import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { ChildCommand } from './wrapper.ts';

/**
 * The program that a name means, found as `execvp` finds it.
 *
 * @returns its absolute path, links not followed, or undefined where nothing that can be executed has that name
 */
export function findProgram(name: string, { cwd, env }: Pick<ChildCommand, 'cwd' | 'env'>): string | undefined {
  if (name.includes('/')) {
    const file = path.resolve(cwd, name);
    return isProgram(file) ? file : undefined;
  }
  if (name === '') return undefined;
  return (env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.resolve(cwd, folder, name))
    .find(isProgram);
}

/**
 * The program that a command starts, to be asked for before hours of hashing.
 *
 * @returns its absolute path, links not followed
 * @throws StemmaError USAGE
 */
export function requireProgram({ argv, cwd, env }: ChildCommand): string {
  const [name = ''] = argv;
  if (name === '') throw new StemmaError('USAGE', 'expected the program to run after --, found an empty name');
  const program = findProgram(name, { cwd, env });
  if (program !== undefined) return program;
  const why = 'it was not found, or may not be executed';
  throw new StemmaError('USAGE', `the command ${quote(path.basename(name))} cannot be started: ${why}`);
}

/**
 * A tool of the system, never one of the working folder: an empty or relative entry of `PATH` would find programs there.
 *
 * @returns its absolute path
 */
export function findTool(name: string, { env }: Pick<ChildCommand, 'env'>): string | undefined {
  return (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, name))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(realpathSync(file)).isFile();
  } catch {
    return false;
  }
}
