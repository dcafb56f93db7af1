import { boolean, integer } from '@oclif/core/flags';
import { StemmaError } from '../core/errors/index.ts';
import type { PinPlace, PinTarget, TargetContext } from '../core/ipfs/index.ts';
import { repeatable } from './flags.ts';
import { authEnvFlag, authorizations } from './ipfs-auth.ts';
import { requireFileOutside } from './reports.ts';

const PLACES = 'kubo, kubo=URL, car=FILE, cluster=URL or service=URL';

/** The flags of every command that talks to pin targets. */
export function targetFlags() {
  return {
    to: repeatable({ summary: `where: ${PLACES}`, helpValue: 'TARGET', helpGroup: 'IPFS' }),
    'auth-env': authEnvFlag(),
    timeout: timeoutFlag(),
  };
}

export function timeoutFlag() {
  return integer({
    summary: 'seconds in which something has to move before a server counts as out of reach',
    default: 60,
    min: 1,
    max: 86_400,
    helpGroup: 'IPFS',
  });
}

export function weightsFlag() {
  return boolean({
    summary: 'the whole release, weights and evidence; without it the evidence alone',
    helpGroup: 'IPFS',
  });
}

/** What of the command line says how to talk to targets. */
interface TargetValues {
  readonly 'auth-env'?: string[] | undefined;
  readonly timeout: number;
}

/** A target, and what the operations on it take. */
export interface Targets {
  readonly targets: readonly PinTarget[];
  readonly context: TargetContext;
}

/**
 * Reads the values of `--to` before anything is hashed, and the secrets that go with them.
 *
 * @param model absolute path that no CAR may be written into, if any
 * @throws StemmaError USAGE
 */
export async function openTargets(
  values: readonly string[],
  flags: TargetValues,
  model: string | undefined,
): Promise<Targets> {
  const { openTarget, parsePlace } = await import('../core/ipfs/index.ts');
  const places = values.map(parsePlace);
  for (const place of places) {
    if (place.kind === 'car' && model !== undefined) requireFileOutside(model, place.file, 'CAR');
  }
  const secrets = authorizations(
    flags['auth-env'],
    places.filter(isServer).map(({ kind }) => kind),
  );
  const context = { timeoutMs: flags.timeout * 1000, random: Math.random };
  const targets = await Promise.all(
    places.map((place) => {
      const authorization = place.kind === 'car' ? undefined : secrets.get(place.kind);
      return openTarget(place, { ...context, ...(authorization === undefined ? {} : { authorization }) });
    }),
  );
  const labels = targets.map(({ label }) => label);
  if (new Set(labels).size < labels.length) throw new StemmaError('USAGE', 'expected different targets for --to');
  return { targets, context };
}

const isServer = ({ kind }: PinPlace): boolean => kind !== 'car';
