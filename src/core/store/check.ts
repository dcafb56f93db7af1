import { createHash } from 'node:crypto';
import { isStemmaError, throwIfAborted } from '../errors/index.ts';
import { readChunks } from '../evidence/index.ts';
import { readEntry } from './entry.ts';
import { listShard, nameOfObject, type ObjectKind, objectPath, openStore, SHARDS, type Store } from './layout.ts';
import { readObject } from './objects.ts';
import { type IndexOptions, withIndex } from './store-index.ts';

export interface CheckOptions extends IndexOptions {
  readonly store: string;
}

/** A file that has no place in a store, or is not what its name says. */
export interface DamagedObject {
  /** Relative to the store; untrusted. */
  readonly path: string;
  readonly message: string;
}

export interface CheckResult {
  readonly statements: number;
  readonly manifests: number;
  readonly damaged: readonly DamagedObject[];
}

/**
 * Reads every object and compares it with its name. Signatures are not looked at.
 *
 * @throws StemmaError PATH_NOT_FOUND, STORE_INVALID, INTERRUPTED
 */
export async function checkStore(options: CheckOptions): Promise<CheckResult> {
  const store = await openStore(options.store);
  const damaged: DamagedObject[] = [];
  const counts = { bundles: 0, manifests: 0 };
  for (const kind of ['bundles', 'manifests'] as const) {
    for (const shard of SHARDS) {
      throwIfAborted(options.signal);
      for (const file of listShard(store, kind, shard)) {
        if (file.endsWith('.stemma-tmp')) continue;
        const message = await problem(store, kind, shard, file);
        if (message === undefined) counts[kind]++;
        else damaged.push({ path: `${kind}/${shard}/${file}`, message });
      }
    }
  }
  return { statements: counts.bundles, manifests: counts.manifests, damaged };
}

async function problem(store: Store, kind: ObjectKind, shard: string, file: string): Promise<string | undefined> {
  const name = nameOfObject(kind, shard, file);
  if (name === undefined) return 'no object has such a name';
  try {
    if (kind === 'bundles') readEntry(readObject(store, kind, name), 'the object');
    else if ((await digestOf(objectPath(store, kind, name))) !== name)
      return 'its bytes have another SHA-256 than its name';
    return undefined;
  } catch (error) {
    if (isStemmaError(error)) return error.message;
    throw error;
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readChunks(file)) hash.update(chunk);
  return hash.digest('hex');
}

export interface RebuildResult {
  readonly statements: number;
  /** Objects that are not what their name says, or no statement: they are never used. */
  readonly damaged: number;
}

/**
 * Throws the index away and builds it anew from the objects.
 *
 * @throws StemmaError PATH_NOT_FOUND, STORE_INVALID, INTERRUPTED
 */
export async function rebuildStore(options: CheckOptions): Promise<RebuildResult> {
  const store = await openStore(options.store);
  return withIndex(store, { ...options, rebuild: true }, ({ synced, damaged }) => ({
    statements: synced.added,
    damaged,
  }));
}
