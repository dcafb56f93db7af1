import { existsSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { type WrappedCommand, wrapCommand } from '../run/index.ts';
import type { Materials } from './materials.ts';
import type { Reference } from './reference.ts';
import type { RunOptions } from './run-options.ts';
import { isWithin } from './run-output-roots.ts';
import { allLogs, withheldFiles } from './run-salted-logs.ts';
import { secretFinder } from './run-secrets.ts';
import { saltedFinder } from './salted-guard.ts';

/**
 * Puts the command into what `--observe`, `--hermetic` and `--tty` ask for, as it is where they do not.
 *
 * @throws StemmaError TOOL_MISSING, USAGE, PATH_NOT_FOUND, INTERRUPTED
 */
export async function wrapRun(
  options: RunOptions,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<WrappedCommand> {
  const { command, observe = false, hermetic = false, tty = false, signal } = options;
  if (!observe && !hermetic && !tty) {
    return { argv: command, env: {}, finish: async () => undefined, dispose: async () => {} };
  }
  const references = [...options.bases.map(({ reference }) => reference), ...options.datasets, ...options.environments];
  const reads = [...references.flatMap(pathOf), ...options.inputs, ...options.configs];
  const writes = [...options.outputs, ...allLogs(options), ...options.mutable];
  const isSalted = saltedFinder({ signal });
  const isSecret = await secretFinder(withheldFiles(options));
  const how = { observe, hermetic, tty, reads, writes, isSalted, isSecret, signal };
  const wrapped = await wrapCommand({ argv: command, cwd, env }, how);
  if (hermetic) warnOfHidden(options, cwd, [...reads, ...writes]);
  return wrapped;
}

/** A trainer that is not declared is what everybody forgets, and what the program says of it is hard to understand. */
function warnOfHidden({ command, onWarning }: RunOptions, cwd: string, declared: readonly string[]): void {
  for (const argument of command.slice(1)) {
    const file = path.resolve(cwd, argument);
    if (argument.startsWith('-') || !isWithin(file, cwd) || !existsSync(file)) continue;
    if (declared.some((known) => isWithin(file, path.resolve(cwd, known)))) continue;
    onWarning?.(`${quote(argument)} is not declared, and --hermetic hides it from the command: name it with --input`);
  }
}

/** Where nothing else was there to be read, what did not change is known to be all that the command had. */
export function hermeticMaterials(materials: Materials): Materials {
  const level = <T extends Materials['links'][number] | Materials['inputs'][number]>(items: readonly T[]): T[] =>
    items.map((item) => (item.evidence === 'observed' ? { ...item, evidence: 'hermetic' } : item));
  return { ...materials, links: level(materials.links), inputs: level(materials.inputs) };
}

const pathOf = (reference: Reference): string[] => (reference.kind === 'path' ? [reference.path] : []);
