import type { DatabaseSync } from 'node:sqlite';

/**
 * The tables of the index. A digest set is kept once, as text; its digests are looked up by 48 bits of a hash, and compared as
 * text. All of it is derived from the objects, and can be thrown away.
 */
const TABLES = [
  'CREATE TABLE shards (shard TEXT PRIMARY KEY, mtime TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE refused (object TEXT PRIMARY KEY, why TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE sets (id INTEGER PRIMARY KEY, digests TEXT NOT NULL UNIQUE)',
  'CREATE TABLE set_keys (key INTEGER NOT NULL, set_id INTEGER NOT NULL, PRIMARY KEY (key, set_id)) WITHOUT ROWID',
  'CREATE TABLE statements (id INTEGER PRIMARY KEY, object TEXT NOT NULL UNIQUE, type TEXT NOT NULL, name TEXT, signer TEXT)',
  'CREATE TABLE subjects (set_id INTEGER NOT NULL, statement_id INTEGER NOT NULL, PRIMARY KEY (set_id, statement_id)) WITHOUT ROWID',
  'CREATE TABLE links (set_id INTEGER NOT NULL, statement_id INTEGER NOT NULL, relation TEXT NOT NULL, PRIMARY KEY (set_id, statement_id, relation)) WITHOUT ROWID',
  'CREATE INDEX statements_by_type ON statements (type)',
  'CREATE INDEX statements_by_name ON statements (name)',
  'CREATE INDEX statements_by_signer ON statements (signer)',
  'CREATE INDEX subjects_by_statement ON subjects (statement_id)',
  'CREATE INDEX links_by_statement ON links (statement_id)',
] as const;

/** Of the shape above: another version of it is thrown away and built anew. */
const VERSION = 1;

/** Makes the tables where there are none, in the transaction of the caller. */
export function createTables(db: DatabaseSync): void {
  for (const table of TABLES) db.exec(table);
  db.exec(`PRAGMA user_version = ${VERSION}`);
}

/**
 * Whether the database has exactly these tables: somebody who could write it may have put triggers or views in their place.
 *
 * @throws as SQLite does, for a file that is no database
 */
export function hasTables(db: DatabaseSync): boolean {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() ?? {};
  const found = db.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY sql').all();
  const expected = TABLES.toSorted();
  return version === VERSION && found.length === expected.length && found.every(({ sql }, i) => sql === expected[i]);
}

/** Drops all that is there, whatever it is, in the transaction of the caller. */
export function dropAll(db: DatabaseSync): void {
  for (const kind of ['trigger', 'view', 'table'] as const) {
    const names = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
      .all(kind);
    for (const { name } of names) db.exec(`DROP ${kind} IF EXISTS "${String(name).replaceAll('"', '""')}"`);
  }
}
