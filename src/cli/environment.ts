import type { Command, Interfaces } from '@oclif/core';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { isOnlyOnCommandLine, TRUST_FLAGS } from './weakening.ts';

type FlagTable = Readonly<Record<string, Command.Flag>>;
type Parsed = Pick<Interfaces.ParserOutput, 'flags' | 'raw'>;

/** `--max-bytes` → `STEMMA_MAX_BYTES`. */
export function environmentName(flag: string): string {
  return `STEMMA_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Gives every flag its `STEMMA_*` twin, except the flags that weaken a verdict or add trust (design §5) and those that name
 * another variable themselves. Commands wrap their flags in it: `static override flags = withEnvironment({ … })`.
 */
export function withEnvironment<T extends Record<string, { env?: string }>>(flags: T): T {
  for (const [name, flag] of Object.entries(flags)) {
    if (!isOnlyOnCommandLine(name) && flag.env === undefined) flag.env = environmentName(name);
  }
  return flags;
}

/**
 * Variables that hold keys, and the flags beside their own that say on the command line whom to trust, or that nobody is: whoever
 * gives one has said all, and nothing inherited adds a signer to it.
 */
const KEY_VARIABLES: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ['STEMMA_TRUSTED_KEYS', [...TRUST_FLAGS, 'integrity-only']],
  ['STEMMA_ANCESTOR_KEYS', ['policy', 'integrity-only']],
]);

/**
 * Completes what oclif makes of flags and environment, in place: a repeatable flag gets a list (oclif passes the text whole),
 * a switch must be spelled as one (oclif takes every other word for `false`), and one that nobody set is `false`, as its
 * type says, unless it can be negated (oclif leaves it out). Trusted keys of the environment stand in for a trust root that the
 * command line does not name, and are dropped where it does.
 *
 * @returns the variables that set a flag, sorted
 * @throws StemmaError USAGE for a switch that is neither true nor false
 */
export function completeFlags(flags: FlagTable, parsed: Parsed, env: NodeJS.ProcessEnv = process.env): string[] {
  const given = new Set(parsed.raw.flatMap((token) => (token.type === 'flag' ? [token.flag] : [])));
  const used: string[] = [];
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.type === 'boolean' && !flag.allowNo) parsed.flags[name] ??= false;
    if (!given.has(name) && KEY_VARIABLES.get(flag.env)?.some((other) => given.has(other))) {
      delete parsed.flags[name];
      continue;
    }
    const text = flag.env === undefined || given.has(name) ? '' : (env[flag.env] ?? '');
    if (flag.env === undefined || text === '') continue;
    used.push(flag.env);
    if (flag.type === 'boolean') parsed.flags[name] = parseSwitch(text, flag.env);
    else if (flag.multiple === true) parsed.flags[name] = splitList(text, flag.env);
  }
  return used.toSorted();
}

const SWITCHES: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  y: true,
  '0': false,
  false: false,
  no: false,
  n: false,
};

function parseSwitch(text: string, variable: string): boolean {
  const value = SWITCHES[text.toLowerCase()];
  if (value === undefined)
    throw new StemmaError('USAGE', `expected true or false in ${variable}, found ${quote(text, 40)}`);
  return value;
}

const PEM_BLOCK = /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?-----END [A-Z0-9 ]+-----/g;

/** One value per line; keys may also stand side by side as in PATH, or be PEM text themselves. */
function splitList(text: string, variable: string): string[] {
  if (!KEY_VARIABLES.has(variable)) return nonEmptyLines(text, /\r?\n/);
  const blocks = text.match(PEM_BLOCK) ?? [];
  const separator = process.platform === 'win32' ? /\r?\n|;/ : /\r?\n|:/;
  return [...blocks, ...nonEmptyLines(text.replaceAll(PEM_BLOCK, '\n'), separator)];
}

function nonEmptyLines(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
