import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DigestSet } from '../digest/index.ts';
import { keysOf, textOf } from './digest-sets.ts';
import type { Entry } from './entry.ts';

/** Writes objects into the index, in the transaction of the caller. */
export class IndexWriter {
  readonly #db: DatabaseSync;
  readonly #findSet: StatementSync;
  readonly #addSet: StatementSync;
  readonly #addKey: StatementSync;
  readonly #addStatement: StatementSync;
  readonly #addSubject: StatementSync;
  readonly #addLink: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#findSet = db.prepare('SELECT id FROM sets WHERE digests = ?');
    this.#addSet = db.prepare('INSERT INTO sets (digests) VALUES (?)');
    this.#addKey = db.prepare('INSERT OR IGNORE INTO set_keys (key, set_id) VALUES (?, ?)');
    this.#addStatement = db.prepare('INSERT INTO statements (object, type, name, signer) VALUES (?, ?, ?, ?)');
    this.#addSubject = db.prepare('INSERT OR IGNORE INTO subjects (set_id, statement_id) VALUES (?, ?)');
    this.#addLink = db.prepare('INSERT OR IGNORE INTO links (set_id, statement_id, relation) VALUES (?, ?, ?)');
  }

  /** The objects of a folder that the index has, used or refused. */
  objectsIn(shard: string): ReadonlySet<string> {
    // No hexadecimal digit sorts after `g`.
    const rows = this.#db
      .prepare(
        'SELECT object FROM statements WHERE object >= ?1 AND object < ?2 UNION SELECT object FROM refused WHERE object >= ?1 AND object < ?2',
      )
      .all(shard, `${shard}g`);
    return new Set(rows.map(({ object }) => String(object)));
  }

  add(object: string, { statement, name, signer, subjects, links }: Entry): void {
    const added = this.#addStatement.run(object, statement.predicateType, name ?? null, signer ?? null);
    const id = Number(added.lastInsertRowid);
    for (const set of subjects) this.#addSubject.run(this.#setId(set), id);
    for (const { digests, relation } of links) this.#addLink.run(this.#setId(digests), id, relation);
  }

  refuse(object: string, why: string): void {
    this.#db.prepare('INSERT INTO refused (object, why) VALUES (?, ?)').run(object, why.slice(0, 1000));
  }

  remove(object: string): void {
    this.#db.prepare('DELETE FROM refused WHERE object = ?').run(object);
    const row = this.#db.prepare('SELECT id FROM statements WHERE object = ?').get(object);
    if (row === undefined) return;
    const id = Number(row['id']);
    for (const table of ['subjects', 'links']) this.#db.prepare(`DELETE FROM ${table} WHERE statement_id = ?`).run(id);
    this.#db.prepare('DELETE FROM statements WHERE id = ?').run(id);
  }

  /** @param mtime undefined where the folder is to be listed again the next time */
  seen(shard: string, mtime: string | undefined): void {
    if (mtime === undefined) this.#db.prepare('DELETE FROM shards WHERE shard = ?').run(shard);
    else this.#db.prepare('INSERT OR REPLACE INTO shards (shard, mtime) VALUES (?, ?)').run(shard, mtime);
  }

  #setId(set: DigestSet): number {
    const text = textOf(set);
    const known = this.#findSet.get(text);
    if (known !== undefined) return Number(known['id']);
    const id = Number(this.#addSet.run(text).lastInsertRowid);
    for (const key of keysOf(set)) this.#addKey.run(key, id);
    return id;
  }
}
