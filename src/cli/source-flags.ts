import path from 'node:path';
import type { Interfaces } from '@oclif/core';
import { boolean, string } from '@oclif/core/flags';
import { StemmaError } from '../core/errors/index.ts';
import type { BlockSource, Remote } from '../core/ipfs/index.ts';
import type { Work } from './base-command.ts';
import { cacheFolder } from './cache-folder.ts';
import { environmentName } from './environment.ts';
import { repeatable } from './flags.ts';
import { authEnvFlag, authorizations } from './ipfs-auth.ts';
import { timeoutFlag } from './pin-flags.ts';

const DEFAULT_NODE = 'http://127.0.0.1:5001';

/** The flags of every command that gets blocks from others. Nobody is asked whom they do not name. */
export function sourceFlags() {
  return {
    gateway: repeatable({ summary: 'trustless gateway to ask; several in turn', helpValue: 'URL', helpGroup: 'IPFS' }),
    kubo: string({
      summary: `RPC of a Kubo node to ask, such as ${DEFAULT_NODE}`,
      helpValue: 'URL',
      helpGroup: 'IPFS',
    }),
    'auth-env': authEnvFlag(),
    timeout: timeoutFlag(),
  };
}

/** `--online`, and whom to ask then. */
export function onlineFlags() {
  return {
    online: boolean({
      summary: 'fetch the evidence of ancestors that links name and that is not at hand',
      helpGroup: 'IPFS',
    }),
    ...sourceFlags(),
  };
}

type SourceFlags = Partial<Interfaces.InferredFlags<ReturnType<typeof sourceFlags>>>;

/**
 * The source that the flags name: the node first, then the gateways in their order.
 *
 * @throws StemmaError USAGE
 */
export async function openRemoteSource(
  flags: SourceFlags,
  { onWarning }: Pick<Work, 'onWarning'>,
): Promise<BlockSource> {
  const { gateway = [], kubo } = flags;
  if (gateway.length === 0 && kubo === undefined) {
    throw new StemmaError('USAGE', 'there is no gateway and no node to ask for blocks', {
      hint: `name one by --gateway URL, or a node by --kubo ${DEFAULT_NODE}`,
    });
  }
  const { parseEndpoint, remoteSource, rest } = await import('../core/ipfs/index.ts');
  const places = [
    ...(kubo === undefined ? [] : [{ kind: 'kubo', url: parseEndpoint(kubo, 'the node') } as const]),
    ...gateway.map((url) => ({ kind: 'gateway', url: parseEndpoint(url, 'the gateway') }) as const),
  ];
  const secrets = authorizations(
    flags['auth-env'],
    places.map(({ kind }) => kind),
  );
  const remotes = places.map((place): Remote => ({ ...place, authorization: secrets.get(place.kind) }));
  return remoteSource(remotes, {
    timeoutMs: (flags.timeout ?? 60) * 1000,
    wait: rest,
    random: Math.random,
    onWarning,
  });
}

/**
 * What `--online` adds to a verification: the source, with what it gave before kept in the user's cache folder.
 *
 * @param environment variables whose value was used: one that names a gateway asks for nothing by itself
 * @throws StemmaError USAGE
 */
export async function onlineOptions(
  flags: SourceFlags & { readonly online?: boolean },
  { onWarning, environment }: Pick<Work, 'onWarning'> & { readonly environment: readonly string[] },
): Promise<{ readonly online?: BlockSource }> {
  if (flags.online !== true) {
    const named = (['gateway', 'kubo'] as const).find(
      (flag) => flags[flag] !== undefined && !environment.includes(environmentName(flag)),
    );
    if (named === undefined) return {};
    throw new StemmaError('USAGE', `--${named} without --online asks nobody`, {
      hint: 'add --online to fetch the evidence of ancestors that is not at hand',
    });
  }
  const { cachedSource } = await import('../core/ipfs/index.ts');
  return { online: cachedSource(await openRemoteSource(flags, { onWarning }), path.join(cacheFolder(), 'blocks')) };
}
