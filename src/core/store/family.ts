import type { DatabaseSync } from 'node:sqlite';
import type { Relation } from '../attestation/index.ts';
import { compareUtf8 } from '../bytes/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { SetMatcher, textOf } from './digest-sets.ts';
import { openStore, type Store } from './layout.ts';
import { linkText, Records } from './records.ts';
import { type IndexOptions, withIndex } from './store-index.ts';

export interface FamilyOptions extends IndexOptions {
  readonly store: string;
  /** Of the model or dataset that is asked about; each set that it may be known by. */
  readonly digests: readonly DigestSet[];
  readonly direction: 'descendants' | 'ancestors';
  readonly maxDepth: number;
}

/** A model or dataset that a stored statement relates to the one asked about. */
export interface Relative {
  readonly digests: DigestSet;
  /** As a statement about it calls it: a claim. */
  readonly name?: string;
  /** Steps on the shortest way. */
  readonly depth: number;
  /** The statements that lead to it from one step nearer. */
  readonly links: readonly RelativeLink[];
}

export interface RelativeLink {
  readonly relation: Relation;
  readonly child: DigestSet;
  readonly parent: DigestSet;
  /** The object of the statement that says so. */
  readonly object: string;
  readonly signer?: string;
}

export interface FamilyResult {
  /** By depth. */
  readonly relatives: readonly Relative[];
  /** Objects that are not what their name says, and rows of the index that its objects do not bear out: there may be more. */
  readonly damaged: number;
  /** Why there may be more. */
  readonly truncated?: string;
}

/** Hostile input: a statement of many subjects and many links is as many steps as their product. */
const MAX_STEPS = 1_000_000;

/**
 * What descends from a model or dataset, or what it descends from, by the links in stored statements, whoever signed them. Each
 * link is read from its object. A cycle ends where it began; what is reached twice is shown once, by the shortest way.
 *
 * @throws StemmaError PATH_NOT_FOUND, STORE_INVALID, FILE_UNREADABLE, INTERRUPTED
 */
export async function findFamily(options: FamilyOptions): Promise<FamilyResult> {
  const store = await openStore(options.store);
  return withIndex(store, options, ({ db, damaged }) => {
    const { stale, ...family } = familyIn(store, db, options);
    return { ...family, damaged: damaged + stale };
  });
}

/** One step: from a set that is known to one that a statement relates to it. */
interface Step {
  readonly statement: number;
  readonly relation: Relation;
  /** Ids of the two ends in the index. */
  readonly from: number;
  readonly to: number;
}

const STEPS: Readonly<Record<FamilyOptions['direction'], string>> = {
  descendants:
    'SELECT l.statement_id AS statement, l.relation, l.set_id AS "from", s.set_id AS "to" FROM json_each(?) j ' +
    'JOIN links l ON l.set_id = j.value JOIN subjects s ON s.statement_id = l.statement_id LIMIT ?',
  ancestors:
    'SELECT l.statement_id AS statement, l.relation, s.set_id AS "from", l.set_id AS "to" FROM json_each(?) j ' +
    'JOIN subjects s ON s.set_id = j.value JOIN links l ON l.statement_id = s.statement_id LIMIT ?',
};

interface Found {
  readonly digests: DigestSet;
  readonly depth: number;
  readonly name?: string;
  readonly links: RelativeLink[];
}

/** The same over an index that is open; it is searched level by level, a question for each. */
export function familyIn(
  store: Store,
  db: DatabaseSync,
  { digests, direction, maxDepth, signal }: Pick<FamilyOptions, 'digests' | 'direction' | 'maxDepth'> & AbortOptions,
): Omit<FamilyResult, 'damaged'> & { readonly stale: number } {
  const matcher = new SetMatcher(db);
  const records = new Records(store, db);
  const start = matcher.matching(digests);
  const seen = new Set(start.ids);
  const found = new Map<number, Found>();
  let truncated = start.truncated;
  let level: ReadonlySet<number> = start.ids;
  let depth = 1;
  for (; level.size > 0 && depth <= maxDepth && !truncated; depth++) {
    throwIfAborted(signal);
    const rows = stepsFrom(db, direction, level);
    truncated = rows.length === MAX_STEPS;
    const ends = new Set(rows.flatMap(({ from, to }) => [from, to]));
    const sets = new Map(matcher.sets(ends).map(({ id, digests }) => [id, digests]));
    const next = new Map<number, DigestSet>();
    for (const row of rows) {
      // Further links to what this level has reached are shown; links back are not.
      if (seen.has(row.to) && !next.has(row.to)) continue;
      const to = sets.get(row.to);
      const link = confirm(records, row, sets, direction);
      if (link === undefined || to === undefined) continue;
      const relative = found.get(row.to) ?? {
        digests: to,
        depth,
        // The statement that leads to a descendant is about it.
        ...((direction === 'descendants' && nameIn(records, row.statement)) ||
          nameOf(db, records, matcher.matching([to]).ids)),
        links: [],
      };
      relative.links.push(link);
      found.set(row.to, relative);
      seen.add(row.to);
      next.set(row.to, to);
    }
    const reached = matcher.matching([...next.values()]);
    truncated ||= reached.truncated;
    // What matches a set that was reached may have links of its own, and is no further relative.
    const more = [...reached.ids].filter((id) => !seen.has(id));
    for (const id of more) seen.add(id);
    level = new Set([...next.keys(), ...more]);
  }
  const further = depth > maxDepth && !truncated ? stepsFrom(db, direction, level) : [];
  return {
    relatives: [...found.values()]
      .map((relative) => ({ relative, text: textOf(relative.digests) }))
      .toSorted((a, b) => a.relative.depth - b.relative.depth || compareUtf8(a.text, b.text))
      .map(({ relative }) => relative),
    stale: records.stale,
    ...(truncated ? { truncated: 'there is more than is compared in one question' } : {}),
    ...(further.some(({ to }) => !seen.has(to))
      ? { truncated: `links are followed no further than --max-depth ${maxDepth}` }
      : {}),
  };
}

function stepsFrom(db: DatabaseSync, direction: FamilyOptions['direction'], level: ReadonlySet<number>): Step[] {
  return db.prepare(STEPS[direction]).all(JSON.stringify([...level]), MAX_STEPS) as unknown as Step[];
}

/** As the first statement about it calls it. */
function nameOf(db: DatabaseSync, records: Records, ids: ReadonlySet<number>): { readonly name?: string } {
  const about = db
    .prepare('SELECT statement_id AS id FROM subjects WHERE set_id IN (SELECT value FROM json_each(?)) LIMIT 1')
    .get(JSON.stringify([...ids]));
  return (about && nameIn(records, Number(about['id']))) ?? {};
}

function nameIn(records: Records, statement: number): { readonly name: string } | undefined {
  const name = records.links(statement)?.name;
  return name === undefined ? undefined : { name };
}

/** The link as its object says it; undefined where the object does not. */
function confirm(
  records: Records,
  { statement, relation, from, to }: Step,
  sets: ReadonlyMap<number, DigestSet>,
  direction: FamilyOptions['direction'],
): RelativeLink | undefined {
  const [child, parent] = direction === 'descendants' ? [sets.get(to), sets.get(from)] : [sets.get(from), sets.get(to)];
  const said = records.links(statement);
  if (said === undefined || child === undefined || parent === undefined) return undefined;
  if (!said.links.has(linkText(relation, parent)) || !said.subjects.has(textOf(child))) {
    records.distrust(statement);
    return undefined;
  }
  const { object, signer } = said;
  return { relation, child, parent, object, ...(signer === undefined ? {} : { signer }) };
}
