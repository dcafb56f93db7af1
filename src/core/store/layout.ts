import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { StemmaError } from '../errors/index.ts';
import { readIfPresent, writeFileAtomic } from '../evidence/index.ts';

/** Signed statements and the manifests that they may name: each kind in a folder of its own. */
export type ObjectKind = 'bundles' | 'manifests';

const SUFFIXES: Readonly<Record<ObjectKind, string>> = { bundles: '.json', manifests: '.jsonl' };
/** The first line of every store: what it is, and the version of docs/formats/store.md. */
const MARKER = 'stemma-store 1\n';
const MARKER_FILE = 'format';
/** Who a model's signers and parents are is the user's own matter. */
const PRIVATE = { recursive: true, mode: 0o700 } as const;

/** A store's folder, known to be one. */
export interface Store {
  readonly root: string;
}

/** The names of the 256 folders that the objects of a kind are spread over. */
export const SHARDS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export const shardPath = ({ root }: Store, kind: ObjectKind, shard: string): string => path.join(root, kind, shard);

/** Where an object lies: named by the SHA-256 of its exact bytes. */
export function objectPath(store: Store, kind: ObjectKind, sha256: string): string {
  return path.join(shardPath(store, kind, sha256.slice(0, 2)), sha256 + SUFFIXES[kind]);
}

/** The folder that an object is to be put in, made where it is not there. @throws StemmaError STORE_INVALID; as Node does */
export function makeShard(store: Store, kind: ObjectKind, sha256: string): string {
  const folder = shardPath(store, kind, sha256.slice(0, 2));
  mkdirSync(folder, PRIVATE);
  requireFolder(folder);
  return folder;
}

/** The SHA-256 that a file's name claims; undefined for a name that no object has. */
export function nameOfObject(kind: ObjectKind, shard: string, file: string): string | undefined {
  const hex = file.slice(0, 64);
  return file.slice(64) === SUFFIXES[kind] && /^[0-9a-f]{64}$/.test(hex) && hex.startsWith(shard) ? hex : undefined;
}

export const indexPath = ({ root }: Store): string => path.join(root, 'index.sqlite');

/**
 * A store that is there.
 *
 * @throws StemmaError PATH_NOT_FOUND where there is none; STORE_INVALID for a folder that is none, or one of another version
 */
export async function openStore(folder: string): Promise<Store> {
  const root = path.resolve(folder);
  const found = await readIfPresent(path.join(root, MARKER_FILE), { maxBytes: 4096 });
  if (found === undefined) {
    throw new StemmaError('PATH_NOT_FOUND', `no store in ${path.basename(root)}`, {
      hint: 'name another with --store, or make one with stemma store add',
    });
  }
  if (Buffer.from(found).toString('latin1') !== MARKER) {
    throw new StemmaError('STORE_INVALID', `${path.basename(root)} is not a store that this version reads`, {
      hint: 'expected a file "format" with the line "stemma-store 1"',
    });
  }
  for (const kind of Object.keys(SUFFIXES) as ObjectKind[]) requireFolder(path.join(root, kind));
  return { root };
}

/**
 * The store in a folder, made where there is none: an empty folder, or one that is not there yet.
 *
 * @throws StemmaError STORE_INVALID, WRITE_FAILED
 */
export async function createStore(folder: string): Promise<Store> {
  const root = path.resolve(folder);
  const isStore = async (): Promise<boolean> =>
    (await readIfPresent(path.join(root, MARKER_FILE), { maxBytes: 4096 })) !== undefined;
  if (await isStore()) return openStore(root);
  try {
    if (!isVacant(root)) {
      // Another process may have made it since.
      if (await isStore()) return openStore(root);
      throw new StemmaError('STORE_INVALID', `${path.basename(root)} is not empty and not a store`, {
        hint: 'name an empty folder, or one that is not there yet',
      });
    }
    for (const kind of Object.keys(SUFFIXES) as ObjectKind[]) {
      mkdirSync(path.join(root, kind), PRIVATE);
    }
  } catch (cause) {
    if (cause instanceof StemmaError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StemmaError('WRITE_FAILED', `cannot make a store in ${path.basename(root)}: ${code}`, { cause });
  }
  // Last: a store that was interrupted while it was made is made whole by the next command that adds to it.
  await writeFileAtomic(path.join(root, MARKER_FILE), MARKER);
  return openStore(root);
}

/** Whether nothing is there but what an interrupted command has made of a store. */
function isVacant(root: string): boolean {
  if (lstatSync(root, { throwIfNoEntry: false }) === undefined) return true;
  return readdirSync(root).every((name) => Object.hasOwn(SUFFIXES, name) || name.endsWith('.stemma-tmp'));
}

/**
 * What lies in one of the folders of objects; nothing where it is not there.
 *
 * @throws StemmaError STORE_INVALID for anything but a folder in its place, FILE_UNREADABLE
 */
export function listShard(store: Store, kind: ObjectKind, shard: string): string[] {
  const folder = shardPath(store, kind, shard);
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory())
    throw new StemmaError('STORE_INVALID', `expected a folder ${kind}/${shard} in the store, found something else`);
  try {
    return readdirSync(folder).toSorted();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StemmaError('FILE_UNREADABLE', `cannot read ${kind}/${shard} of the store: ${code}`, { cause });
  }
}

/** A link would let whoever can write one here have us read and write elsewhere. */
function requireFolder(folder: string): void {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true)
    throw new StemmaError('STORE_INVALID', `expected a folder ${path.basename(folder)} in the store, found none`);
}
