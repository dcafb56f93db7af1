import type { DigestSet } from '../digest/index.ts';
import { SetMatcher, sameArtifact } from './digest-sets.ts';
import { openStore } from './layout.ts';
import { Records, type StoredStatement } from './records.ts';
import { type IndexOptions, withIndex } from './store-index.ts';

export interface FindOptions extends IndexOptions {
  readonly store: string;
  /** What statements are about; each of these asks for all of what is given. */
  readonly digests?: DigestSet;
  /** Whom a bundle names, any of these: exactly as `signer` of {@link StoredStatement}. */
  readonly signers?: readonly string[];
  /** Lower-case hex that this begins with, in place of `signers`. */
  readonly signerPrefix?: string;
  readonly type?: string;
  readonly name?: string;
  /** At most so many are read. */
  readonly limit: number;
}

export interface FindResult {
  readonly statements: readonly StoredStatement[];
  /** How many there are in all, by the index. */
  readonly total: number;
  /** Objects that are not what their name says, and rows of the index that its objects do not bear out: there may be more. */
  readonly damaged: number;
  /** Not all digest sets could be compared. */
  readonly truncated: boolean;
}

/**
 * The statements that fit all that is given, in the order of predicate type, name and object; with nothing given, all. Each is
 * read from its object, and none is authenticated.
 *
 * @throws StemmaError PATH_NOT_FOUND, STORE_INVALID, FILE_UNREADABLE, INTERRUPTED
 */
export async function findStatements(options: FindOptions): Promise<FindResult> {
  const store = await openStore(options.store);
  return withIndex(store, options, ({ db, damaged }) => {
    const records = new Records(store, db);
    const matches = options.digests === undefined ? undefined : new SetMatcher(db).matching([options.digests]);
    const wanted: [string, string][] = [];
    if (matches !== undefined) {
      wanted.push([
        'id IN (SELECT statement_id FROM subjects WHERE set_id IN (SELECT value FROM json_each(?)))',
        JSON.stringify([...matches.ids]),
      ]);
    }
    const { signerPrefix } = options;
    // A range, which the index answers: all that goes on in hex.
    if (signerPrefix !== undefined) wanted.push(['signer >= ?', signerPrefix], ['signer < ?', `${signerPrefix}g`]);
    if (options.signers !== undefined)
      wanted.push(['signer IN (SELECT value FROM json_each(?))', JSON.stringify(options.signers)]);
    if (options.type !== undefined) wanted.push(['type = ?', options.type]);
    if (options.name !== undefined) wanted.push(['name = ?', options.name]);
    const where = wanted.length === 0 ? '' : `WHERE ${wanted.map(([clause]) => clause).join(' AND ')}`;
    const values = wanted.map(([, value]) => value);
    const total = Number(db.prepare(`SELECT count(*) AS n FROM statements ${where}`).get(...values)?.['n']);
    const rows = db
      .prepare(`SELECT id FROM statements ${where} ORDER BY type, name, object LIMIT ?`)
      .all(...values, options.limit);
    const statements = rows.flatMap(({ id }) => {
      const found = records.statement(Number(id));
      if (found === undefined) return [];
      if (fits(found, options)) return [found];
      records.distrust(Number(id));
      return [];
    });
    return { statements, total, damaged: damaged + records.stale, truncated: matches?.truncated ?? false };
  });
}

function fits({ subjects, signer, predicateType, name }: StoredStatement, options: FindOptions): boolean {
  const { digests, signers, type } = options;
  return (
    (digests === undefined || subjects.some((set) => sameArtifact(digests, set))) &&
    (signers === undefined || (signer !== undefined && signers.includes(signer))) &&
    (options.signerPrefix === undefined || signer?.startsWith(options.signerPrefix) === true) &&
    (type === undefined || type === predicateType) &&
    (options.name === undefined || options.name === name)
  );
}
