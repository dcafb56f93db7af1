import path from 'node:path';
import type { Environment } from './builder.ts';
import { isSecretName, isSecretValue } from './secrets.ts';

const REDACTED = '[redacted]';
/** In place of a home folder: its last part is the name of a person. */
const HOME = '[home]';
const MAX_ARGUMENTS = 1024;
const MAX_LENGTH = 4096;
/** Shorter values of secret variables are words that may stand anywhere. */
const MIN_KNOWN = 6;

/** Where a shell says which folder it is in: no password, whatever the name says. */
const FOLDERS: ReadonlySet<string> = new Set(['OLDPWD', 'PWD']);

/** `--name=value`, `NAME=value`. */
const ASSIGNMENT = /^(-{0,2}([A-Za-z][\w.-]{0,200})=)(.+)$/s;
/** The same somewhere in a text, `"name": "value"`, and `--name value` in the text of a shell. */
const INNER = /([A-Za-z][\w.-]{0,200})['"]?\s{0,8}[=:]\s{0,8}['"]?(?=[^\s'"])/g;
const INNER_FLAG = /(?:^|\s)--?([A-Za-z][\w-]{0,200})\s{1,8}[^\s-]/g;
const HEADER = /\b(?:bearer|basic)\s{1,8}[\w+/=.~-]{8}/i;
/**
 * A URI; an absolute path at the start of a word or glued to a flag (`-I/opt`, `@/opt`); a home folder wherever it may begin,
 * which is not inside a relative path (`src/home/x`). `</s>` is none.
 */
const PLACES = new RegExp(
  [
    String.raw`\b([a-z][a-z0-9+.-]{0,20}):\/\/((?:(?!\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s'"])*)`,
    String.raw`(^|[\s=,;:'"([{<>|&])(?!(?<=<)\/\w{1,64}>)([@+!%]|-[a-z])?((?:~[\w.-]*)?\/PART*|[a-z]:[\\/]PART*|\\\\PART*|~[a-z_][\w.-]*)`,
    String.raw`(?<=(?:^|[^\w.])\w?|(?:^|[\s=,;:'"])-{1,2}[a-z]{1,20})((?:\.\.\/){0,64}(?:\.\.)?\/(?:home|Users|root)\/PART+)`,
  ]
    .join('|')
    .replaceAll('PART', String.raw`[^\s,;:'"()[\]{}<>|&]`),
  'gi',
);
/** The folder of a user, as the start of a path. */
const USER_FOLDER = /^(?:\/(?:home|Users)\/[^/]+|\/root|~[\w.-]*|[a-z]:[\\/]Users[\\/][^\\/]+)(?=[\\/]|$)/i;

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
    isSecretFlag(kept[i - 1]) && !/^--[A-Za-z]/.test(argument) ? REDACTED : redactArgument(argument, around, known),
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
    Object.entries(values).map(([name, value]) => [name, redactArgument(value, around, known)]),
  );
}

function secretValues(env: Environment): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= MIN_KNOWN && isSecretName(name) && !FOLDERS.has(name) ? [value] : [],
  );
}

const isSecretFlag = (argument: string | undefined): boolean =>
  argument !== undefined && /^--?[A-Za-z][\w.-]{0,200}$/.test(argument) && isSecretName(argument.replace(/^--?/, ''));

function redactArgument(argument: string, around: Surroundings, known: readonly string[]): string {
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
  return argument.toWellFormed().replaceAll(PLACES, (...found: readonly (string | undefined)[]) => {
    const [, scheme, rest = '', before = '', glued = '', file, home = ''] = found;
    if (scheme !== undefined) return publicPart(scheme, rest, around);
    return `${before}${glued}${shortPath(file ?? home.replace(/^[./]*(?=\/)/, ''), around)}`;
  });
}

/** Without user info, query and fragment. A file's URI is a path of this machine. */
function publicPart(scheme: string, rest: string, around: Surroundings): string {
  if (scheme.toLowerCase() === 'file') return shortPath(rest.replace(/^[^/]*/, ''), around);
  const [authority = ''] = /^[^/?#]*/.exec(rest) ?? [];
  // A password that was not encoded may hold `/`, `?` and `#`.
  if (authority.includes(':') && rest.includes('@', authority.length)) return `${scheme}://${REDACTED}`;
  return `${scheme}://${rest
    .replace(/[?#].*$/s, '')
    .replace(/^[^/]*@/, '')
    .replaceAll(/(?<=[,;:=|&])\/(?:home|Users|root)\/[^\s,;:'"|&]*/gi, (file) => shortPath(file, around))}`;
}

/** A path below the working folder as seen from there, of any other the last part, and not that of a home folder. */
function shortPath(file: string, { cwd, env }: Surroundings): string {
  const place = file.replace(/(?<=.)[\\/]+$/, '').replace(/^\/+/, '/');
  const home =
    [env['HOME'], env['USERPROFILE']].find((folder) => isBelow(place, folder)) ?? USER_FOLDER.exec(place)?.[0];
  const relative = path.isAbsolute(place) ? path.relative(cwd, place) : '..';
  if (relative === '') return '.';
  // Seen from `/` or `/home`, a path would name the user.
  if (!relative.startsWith('..') && (home === undefined || isBelow(cwd, home))) return relative;
  if (place === home) return HOME;
  return path.posix.basename(place.replaceAll('\\', '/'));
}

/** Whether a path is this folder or lies below it; nothing counts as below the root. */
function isBelow(place: string, folder: string | undefined): boolean {
  if (folder === undefined || folder.length < 2) return false;
  return place === folder || place.startsWith(`${folder}/`) || place.startsWith(`${folder}\\`);
}
