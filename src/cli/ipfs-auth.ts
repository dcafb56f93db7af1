import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { repeatable } from './flags.ts';

const TOKEN = 'STEMMA_IPFS_TOKEN';

/** `--auth-env`: a secret is never an argument, so a flag can only say which variable holds it. */
export function authEnvFlag() {
  return repeatable({
    summary: `variable with the secret of a server; default ${TOKEN}`,
    helpValue: '[KIND=]VAR',
    helpGroup: 'IPFS',
  });
}

/**
 * The `Authorization` of servers: `Bearer` with the secret, or the secret as it is where it begins with `Bearer ` or `Basic `.
 * A secret without a kind is for the one server that is asked; among several it would be told to those whom it is not for.
 *
 * @param kinds of the servers, each with a name to say (`kubo`), in any order
 * @throws StemmaError USAGE
 */
export function authorizations(
  given: readonly string[] | undefined,
  kinds: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ReadonlyMap<string, string> {
  const distinct = [...new Set(kinds)];
  const found = new Map<string, string>();
  for (const value of given ?? []) {
    const [kind, variable] = split(value);
    if (kind !== undefined && !distinct.includes(kind)) {
      throw new StemmaError('USAGE', `--auth-env names ${quote(kind, 40)}, and no such server is asked`);
    }
    for (const each of kind === undefined ? [onlyOne(kinds)] : [kind]) {
      const secret = env[variable] ?? '';
      if (secret === '') throw new StemmaError('USAGE', `the variable ${quote(variable, 80)} of --auth-env is not set`);
      found.set(each, headerOf(secret, variable));
    }
  }
  const inherited = env[TOKEN] ?? '';
  if ((given ?? []).length === 0 && inherited !== '' && kinds.length > 0) {
    found.set(onlyOne(kinds), headerOf(inherited, TOKEN));
  }
  return found;
}

function split(value: string): readonly [string | undefined, string] {
  const equals = value.indexOf('=');
  return equals === -1 ? [undefined, value] : [value.slice(0, equals), value.slice(equals + 1)];
}

function onlyOne(kinds: readonly string[]): string {
  const [kind] = kinds;
  if (kind !== undefined && kinds.length === 1) return kind;
  throw new StemmaError('USAGE', 'a secret is set, and more than one server would be asked', {
    hint: `say whose it is, such as --auth-env ${kind ?? 'kubo'}=${TOKEN}`,
  });
}

function headerOf(secret: string, variable: string): string {
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)?$/.test(secret)) {
    throw new StemmaError('USAGE', `the secret in ${quote(variable, 80)} has characters that no header can carry`);
  }
  return /^(?:Bearer|Basic) /.test(secret) ? secret : `Bearer ${secret}`;
}
