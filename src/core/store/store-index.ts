import { lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { damagedIndex } from './digest-sets.ts';
import { namesSuperJournal } from './hot-journal.ts';
import { indexPath, type Store } from './layout.ts';
import { createTables, dropAll, hasTables } from './schema.ts';
import { isCorrupt, isRefused, openDatabase } from './sqlite.ts';
import { type Synced, sync } from './sync.ts';

export type IndexOptions = AbortOptions & Pick<ProgressOptions, 'onWarning'>;

type OpenOptions = IndexOptions & {
  /** Throw away what is there. */
  readonly rebuild?: boolean;
};

/** The index of a store, up to its objects. */
export interface OpenIndex {
  readonly db: DatabaseSync;
  readonly synced: Synced;
  /** Objects that are not what their name says, or no statement: what they said is not in any answer. */
  readonly damaged: number;
}

/**
 * Runs `work` with the index, which is brought up to the objects first. One that is damaged, or of another version, is built
 * anew; where the store cannot be written, it is built in memory, for this once.
 *
 * @throws StemmaError STORE_INVALID, FILE_UNREADABLE, INTERRUPTED, BACKEND_UNAVAILABLE; whatever `work` throws
 */
export async function withIndex<T>(
  store: Store,
  options: OpenOptions,
  work: (index: OpenIndex) => T | Promise<T>,
): Promise<T> {
  const index = await openIndex(store, options);
  try {
    return await work(index);
  } catch (error) {
    throw isStemmaError(error) || !isSqlite(error) ? error : damagedIndex(error);
  } finally {
    index.db.close();
  }
}

async function openIndex(store: Store, options: OpenOptions): Promise<OpenIndex> {
  try {
    return await openFile(store, options);
  } catch (error) {
    if (isCorrupt(error)) {
      options.onWarning?.('the index of the store is damaged, and is built anew');
      removeIndex(store);
      return openFile(store, options);
    }
    if (!isRefused(error)) throw isSqlite(error) ? damagedIndex(error) : error;
  }
  options.onWarning?.('the index of the store cannot be written; it is built in memory, which takes its time');
  return open(openDatabase(':memory:'), store, { ...options, writable: false });
}

function openFile(store: Store, options: OpenOptions): Promise<OpenIndex> {
  removeLinks(store);
  if (namesSuperJournal(`${indexPath(store)}-journal`)) {
    options.onWarning?.('the journal of the index names another file, as none of ours does; the index is built anew');
    removeIndex(store);
  }
  return open(openDatabase(indexPath(store)), store, { ...options, writable: true });
}

async function open(
  db: DatabaseSync,
  store: Store,
  options: OpenOptions & { readonly writable: boolean },
): Promise<OpenIndex> {
  try {
    // Readers and a writer at a time; what a crash undoes is derived, so that the disk need not be waited for.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF');
    if (options.rebuild === true || !hasTables(db)) {
      // The others that have it open wait, and go on with the new tables.
      db.exec('BEGIN IMMEDIATE');
      if (options.rebuild === true || !hasTables(db)) {
        dropAll(db);
        createTables(db);
      }
      db.exec('COMMIT');
    }
    const synced = await sync(db, store, options);
    const damaged = Number(db.prepare('SELECT count(*) AS n FROM refused').get()?.['n']);
    return { db, synced, damaged };
  } catch (error) {
    db.close();
    throw error;
  }
}

const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/** SQLite would follow a link, and write where it leads. */
function removeLinks(store: Store): void {
  for (const suffix of SUFFIXES) {
    const file = indexPath(store) + suffix;
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() === true) rmSync(file, { force: true });
    else if (stat?.isFile() === false)
      throw new StemmaError(
        'STORE_INVALID',
        `expected ${path.basename(file)} to be a file of the store, found something else`,
      );
  }
}

function removeIndex(store: Store): void {
  for (const suffix of SUFFIXES) rmSync(indexPath(store) + suffix, { force: true });
}

const isSqlite = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
