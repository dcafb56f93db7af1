import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '../find-program.ts';
import type { ChildCommand } from '../wrapper.ts';

/** Whether a program of this base name is a Python interpreter. */
export const isPython = (name: string): boolean => /^python[\d.]*$/.test(name);

/**
 * The interpreter that a command names: the program itself, or the one in the first line of a script such as `torchrun`. Nothing is
 * known of what a program in between, such as a shell, makes of it.
 */
export function namedInterpreter(command: ChildCommand): string | undefined {
  const [name = ''] = command.argv;
  const program = findProgram(name, command);
  if (program === undefined) return undefined;
  const [, first = '', second = ''] = /^#! *([^\s]+)(?: +([^\s]+))?/.exec(startOf(program)) ?? [];
  // A script may be named like Python, as the shims of pyenv are.
  if (first === '' && isPython(path.basename(program))) return program;
  if (isPython(path.basename(first))) return first;
  return path.basename(first) === 'env' && isPython(second) ? findProgram(second, command) : undefined;
}

function startOf(file: string): string {
  if (!statSync(file).isFile()) return '';
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(256);
    return buffer.toString('latin1', 0, readSync(handle, buffer));
  } finally {
    closeSync(handle);
  }
}
