import { lstatSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { isStemmaError, throwIfAborted } from '../errors/index.ts';
import { temporaryName } from '../evidence/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { readEntry } from './entry.ts';
import { IndexWriter } from './index-writer.ts';
import { listShard, nameOfObject, SHARDS, type Store, shardPath } from './layout.ts';
import { readObject } from './objects.ts';

/** What a store's objects and its index were found to differ in, and now agree in. */
export interface Synced {
  readonly added: number;
  readonly removed: number;
  /** Objects that are not what their name says, or no statement. */
  readonly refused: number;
}

/**
 * Folders in one transaction: one that is interrupted keeps what the earlier ones did. Digests are in no order, so that each
 * transaction writes most pages of the index once more: few of them, where many objects are added.
 */
const BATCH = 64;
/** A folder that changed within so many nanoseconds may change again without a later time: file systems count in up to 2 s. */
const RACY_NS = 2_000_000_000n;
/** What a killed process left behind is of no use after an hour. */
const LEFTOVER_NS = 3_600_000_000_000n;

/**
 * Brings the index up to the objects. Only folders whose time of change is not the one that was seen last are listed, so that a
 * store of a hundred thousand objects is looked through in milliseconds; whoever adds or removes a file changes it, whether he
 * knows of the index or not. So a process that is killed between the two leaves nothing to mend.
 *
 * @param writable whether a file may be written in the store, which tells its time
 * @throws StemmaError STORE_INVALID, INTERRUPTED; as SQLite does
 */
export async function sync(
  db: DatabaseSync,
  store: Store,
  options: AbortOptions & { readonly writable: boolean },
): Promise<Synced> {
  const seen = new Map(
    db
      .prepare('SELECT shard, mtime FROM shards')
      .all()
      .map(({ shard, mtime }) => [shard, mtime]),
  );
  const dirty = SHARDS.filter((shard) => seen.get(shard) !== timeText(timeOf(store, shard)));
  // Before any folder is listed: one that changes meanwhile is no longer old enough.
  const now = options.writable && dirty.length > 0 ? timeNow(store) : undefined;
  const total = { added: 0, removed: 0, refused: 0 };
  for (let from = 0; from < dirty.length; from += BATCH) {
    db.exec('BEGIN IMMEDIATE');
    try {
      const writer = new IndexWriter(db);
      for (const shard of dirty.slice(from, from + BATCH)) {
        throwIfAborted(options.signal);
        const found = syncShard(writer, store, shard, now);
        total.added += found.added;
        total.removed += found.removed;
        total.refused += found.refused;
        await turn();
      }
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }
  return total;
}

function syncShard(writer: IndexWriter, store: Store, shard: string, now: bigint | undefined): Synced {
  // Before the folder is listed: what is added afterwards gives it another time.
  const time = timeOf(store, shard);
  const listed = listShard(store, 'bundles', shard);
  const names = new Set(
    listed.map((file) => nameOfObject('bundles', shard, file)).filter((name) => name !== undefined),
  );
  const known = writer.objectsIn(shard);
  const out = { added: 0, removed: 0, refused: 0 };
  for (const name of known) {
    if (names.has(name)) continue;
    writer.remove(name);
    out.removed++;
  }
  for (const name of names) {
    if (known.has(name)) continue;
    try {
      writer.add(name, readEntry(readObject(store, 'bundles', name), `the object ${name.slice(0, 12)}`));
      out.added++;
    } catch (error) {
      if (!isStemmaError(error)) throw error;
      if (error.code === 'PATH_NOT_FOUND') continue;
      writer.refuse(name, error.message);
      out.refused++;
    }
  }
  if (now !== undefined) removeLeftovers(shardPath(store, 'bundles', shard), listed, now);
  const isSettled = time === undefined || (now !== undefined && now - time > RACY_NS);
  writer.seen(shard, isSettled ? timeText(time) : undefined);
  return out;
}

/** A folder that is made later has a time. */
const timeText = (time: bigint | undefined): string => (time === undefined ? 'none' : String(time));

/** When files were last put into a folder of objects, or taken out; undefined where it is not there. */
function timeOf(store: Store, shard: string): bigint | undefined {
  return lstatSync(shardPath(store, 'bundles', shard), { bigint: true, throwIfNoEntry: false })?.mtimeNs;
}

/** By the clock of the file system that the store is on, which need not be ours. */
function timeNow({ root }: Store): bigint | undefined {
  const probe = path.join(root, temporaryName(path.join(root, 'now')));
  try {
    writeFileSync(probe, '', { flag: 'wx', mode: 0o600 });
    const { mtimeNs } = lstatSync(probe, { bigint: true });
    unlinkSync(probe);
    return mtimeNs;
  } catch {
    return undefined;
  }
}

function removeLeftovers(folder: string, listed: readonly string[], now: bigint): void {
  for (const name of listed.filter((file) => file.endsWith('.stemma-tmp'))) {
    const file = path.join(folder, name);
    const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stat !== undefined && now - stat.mtimeNs > LEFTOVER_NS) unlinkSync(file);
  }
}
