import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** A command with its arguments, not loaded yet. */
export interface FoundCommand {
  /** As oclif writes it: `key:generate`. */
  readonly id: string;
  readonly argv: readonly string[];
  readonly url: string;
}

/** A name of a command and nothing that could lead out of the folder of commands. */
const WORD = /^[a-z]+(?:-[a-z]+)*$/;

/**
 * Finds the file of the command that the first words name, as oclif lays them out: `key generate` is `key/generate.js`.
 *
 * @param folder the commands, compiled or not
 * @returns undefined for everything that is not simply the run of a command, such as help
 */
export function findCommand(argv: readonly string[], folder: string): FoundCommand | undefined {
  const end = argv.indexOf('--');
  if (argv.slice(0, end === -1 ? undefined : end).includes('--help')) return undefined;
  for (const count of [2, 1]) {
    const words = argv.slice(0, count);
    if (words.length < count || !words.every((word) => WORD.test(word))) continue;
    const file = path.join(folder, ...words) + path.extname(import.meta.filename);
    if (existsSync(file)) return { id: words.join(':'), argv: argv.slice(count), url: pathToFileURL(file).href };
  }
  return undefined;
}

/** What a module of a command exports: its class. */
interface CommandClass {
  id: string;
  run(argv: readonly string[]): Promise<unknown>;
}

/** Loads a command and runs it to its end. */
export async function runCommand({ id, argv, url }: FoundCommand): Promise<void> {
  const module: Readonly<Record<string, unknown>> = await import(url);
  const command = Object.values(module).find(isCommandClass);
  if (command === undefined) throw new TypeError(`no command in ${id}`);
  command.id = id;
  await command.run(argv);
}

function isCommandClass(value: unknown): value is CommandClass {
  return typeof value === 'function' && 'run' in value && typeof value.run === 'function';
}
