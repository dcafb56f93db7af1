import path from 'node:path';
import { findProgram } from '../find-program.ts';
import type { ChildCommand } from '../wrapper.ts';
import { startOf } from './start-of.ts';

/** As much of a first line as Linux looks at. */
const FIRST_LINE_BYTES = 256;

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
  const [, first = '', second = ''] = /^#! *([^\s]+)(?: +([^\s]+))?/.exec(startOf(program, FIRST_LINE_BYTES)) ?? [];
  // A script may be named like Python, as the shims of pyenv are.
  if (first === '' && isPython(path.basename(program))) return program;
  if (isPython(path.basename(first))) return first;
  return path.basename(first) === 'env' && isPython(second) ? findProgram(second, command) : undefined;
}
