import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Bundle } from '../attestation/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { throwIfAborted } from '../errors/index.ts';
import { SetMatcher } from './digest-sets.ts';
import { familyIn } from './family.ts';
import { objectPath, openStore, type Store } from './layout.ts';
import { Records } from './records.ts';
import { type IndexOptions, withIndex } from './store-index.ts';

export interface AboutOptions extends IndexOptions {
  readonly store: string;
  /** Of a model; each set that it may be known by. */
  readonly digests: readonly DigestSet[];
  /** Generations of ancestors that are followed. */
  readonly maxDepth: number;
}

export interface AboutResult {
  /** What is said about the model, then about its ancestors, each in the order of the objects. Nobody has been authenticated. */
  readonly bundles: readonly Bundle[];
  /** Files of manifests that statements about the model name; hostile as any. */
  readonly manifests: readonly string[];
  /** Objects that are not what their name says, and rows of the index that its objects do not bear out. */
  readonly damaged: number;
  /** Why there may be more. */
  readonly truncated?: string;
}

/** As many lines as one run reads of a file. */
const MAX_STATEMENTS = 10_000;
const MAX_MANIFESTS = 16;

/**
 * The stored statements about a model and about what it descends from, by the links in stored statements, whoever signed them.
 *
 * @throws StemmaError PATH_NOT_FOUND, STORE_INVALID, FILE_UNREADABLE, INTERRUPTED
 */
export async function statementsAbout(options: AboutOptions): Promise<AboutResult> {
  const store = await openStore(options.store);
  return withIndex(store, options, ({ db, damaged }) => {
    const { digests, maxDepth, signal } = options;
    const family = familyIn(store, db, { digests, direction: 'ancestors', maxDepth, signal });
    const records = new Records(store, db);
    const own = read(store, db, records, digests, options);
    const ancestors = read(
      store,
      db,
      records,
      family.relatives.map((relative) => relative.digests),
      options,
      own.ids,
    );
    const cut = own.truncated || ancestors.truncated ? `more than ${MAX_STATEMENTS} statements` : undefined;
    const truncated = family.truncated ?? cut;
    return {
      bundles: [...own.bundles, ...ancestors.bundles],
      manifests: own.manifests,
      damaged: damaged + family.stale + records.stale,
      ...(truncated === undefined ? {} : { truncated }),
    };
  });
}

interface Read {
  readonly bundles: readonly Bundle[];
  readonly manifests: readonly string[];
  readonly ids: ReadonlySet<number>;
  readonly truncated: boolean;
}

function read(
  store: Store,
  db: DatabaseSync,
  records: Records,
  sets: readonly DigestSet[],
  { signal }: IndexOptions,
  known: ReadonlySet<number> = new Set(),
): Read {
  const matches = new SetMatcher(db).matching(sets);
  const rows = db
    .prepare(
      'SELECT id FROM statements WHERE id IN (SELECT statement_id FROM subjects WHERE set_id IN (SELECT value FROM json_each(?))) ORDER BY object LIMIT ?',
    )
    .all(JSON.stringify([...matches.ids]), MAX_STATEMENTS)
    .map(({ id }) => Number(id));
  const bundles: Bundle[] = [];
  const manifests = new Set<string>();
  for (const id of rows) {
    throwIfAborted(signal);
    const entry = known.has(id) ? undefined : records.read(id)?.entry;
    if (entry === undefined) continue;
    bundles.push(entry.bundle);
    const file = entry.manifest === undefined ? undefined : objectPath(store, 'manifests', entry.manifest);
    if (file !== undefined && manifests.size < MAX_MANIFESTS && existsSync(file)) manifests.add(file);
  }
  const truncated = matches.truncated || rows.length === MAX_STATEMENTS;
  return { bundles, manifests: [...manifests], ids: new Set(rows), truncated };
}
