import path from 'node:path';
import type { Environment } from './builder.ts';
import { isSecretName, isSecretValue } from './secrets.ts';

const REDACTED = '[redacted]';
const MAX_ARGUMENTS = 1024;
const MAX_LENGTH = 4096;
/** Shorter values of secret variables are words that may stand anywhere. */
const MIN_KNOWN = 6;

/** Where a shell says which folder it is in: no password, whatever the name says. */
const FOLDERS: ReadonlySet<string> = new Set(['OLDPWD', 'PWD']);

/** `--name=value`, `NAME=value`. */
const ASSIGNMENT = /^(-{0,2}([A-Za-z][\w.-]{0,200})=)(.+)$/s;
/** The same somewhere in a text, `"name": "value"`, and `--name value` in the text of a shell. */
const INNER = /([A-Za-z][\w.-]{0,200})['"]?\s{0,8}[=:]\s{0,8}['"]?[^\s'"]/g;
const INNER_FLAG = /(?:^|\s)--?([A-Za-z][\w-]{0,200})\s{1,8}[^\s-]/g;
const HEADER = /\b(?:bearer|basic)\s{1,8}[\w+/=.~-]{8}/i;
/** A URI, or an absolute path at the start of a word. */
const PLACES =
  /\b([a-z][a-z0-9+.-]{0,20}):\/\/([^\s'"]*)|(^|[\s=,;:'"([{<>|&])((?:~[\w.-]*)?\/[^\s,;:'"()[\]{}<>|&]*|[A-Za-z]:[\\/][^\s,;:'"()[\]{}<>|&]*|\\\\[^\s,;:'"()[\]{}<>|&]*)/gi;

/** What is told apart from a secret by knowing where the command ran, and what it was given. */
export interface Surroundings {
  /** The working folder, absolute. */
  readonly cwd: string;
  readonly env: Environment;
}

/**
 * A command line as it may be published (docs/formats/provenance.md): secrets are told by the name of their flag or variable, by
 * their form, and by being the value of a secret variable. A secret under a name that does not say so is not told.
 */
export function redactCommand(command: readonly string[], around: Surroundings): string[] {
  const kept = command.length > MAX_ARGUMENTS ? command.slice(0, MAX_ARGUMENTS - 1) : command;
  const known = secretValues(around.env);
  const recorded = kept.map((argument, i) =>
    isSecretFlag(kept[i - 1]) && !/^--[A-Za-z]/.test(argument) ? REDACTED : redactArgument(argument, around.cwd, known),
  );
  return kept.length === command.length ? recorded : [...recorded, `[${command.length - kept.length} more]`];
}

/** Values of variables, each as it may be published. */
export function redactValues(
  values: Readonly<Record<string, string>>,
  around: Surroundings,
): Readonly<Record<string, string>> {
  const known = secretValues(around.env);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, redactArgument(value, around.cwd, known)]),
  );
}

function secretValues(env: Environment): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= MIN_KNOWN && isSecretName(name) && !FOLDERS.has(name) ? [value] : [],
  );
}

const isSecretFlag = (argument: string | undefined): boolean =>
  argument !== undefined && /^--?[A-Za-z][\w.-]{0,200}$/.test(argument) && isSecretName(argument.replace(/^--?/, ''));

function redactArgument(argument: string, cwd: string, known: readonly string[]): string {
  if (argument.length > MAX_LENGTH) return `[${argument.length} characters]`;
  const [, start = '', name = ''] = ASSIGNMENT.exec(argument) ?? [];
  if (name !== '' && isSecretName(name)) return `${start}${REDACTED}`;
  const holdsSecret =
    isSecretValue(argument) ||
    HEADER.test(argument) ||
    known.some((value) => argument.includes(value)) ||
    [INNER, INNER_FLAG].some((pattern) =>
      [...argument.matchAll(pattern)].some((found) => isSecretName(found[1] ?? '')),
    );
  if (holdsSecret) return REDACTED;
  return argument
    .toWellFormed()
    .replaceAll(PLACES, (_, scheme?: string, rest?: string, before?: string, file?: string) =>
      scheme === undefined ? `${before ?? ''}${shortPath(file ?? '', cwd)}` : publicPart(scheme, rest ?? ''),
    );
}

/** Without user info, query and fragment. A file's URI is a path of this machine. */
function publicPart(scheme: string, rest: string): string {
  if (scheme.toLowerCase() === 'file') return path.posix.basename(rest);
  return `${scheme}://${rest.replace(/[?#].*$/s, '').replace(/^[^/]*@/, '')}`;
}

/** A path below the working folder as seen from there, of any other the last part. */
function shortPath(file: string, cwd: string): string {
  const relative = path.isAbsolute(file) ? path.relative(cwd, file) : '..';
  if (relative === '') return '.';
  return relative.startsWith('..') ? path.posix.basename(file.replaceAll('\\', '/')) : relative;
}
