import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { compareUtf8, type JsonValue } from '../bytes/index.ts';
import { compareDigestSets, type DigestSet, parseDigestSet } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';

/** Whether a statement about one set is a statement about what the other names: the question that verify asks of links. */
export function sameArtifact(a: DigestSet, b: DigestSet): boolean {
  const { kind } = compareDigestSets(a, b, true);
  return kind === 'match' || kind === 'names-not-bound';
}

/** A set as the index keeps it: equal sets have equal text, whatever their algorithms are called. */
export function textOf(set: DigestSet): string {
  const keys = Object.keys(set);
  const isSorted = keys.every((key, index) => index === 0 || compareUtf8(keys[index - 1] as string, key) < 0);
  return JSON.stringify(isSorted ? set : parseDigestSet(set));
}

/** @throws StemmaError STORE_INVALID for what `textOf` did not write */
function readText(text: unknown): DigestSet {
  try {
    const json: JsonValue = JSON.parse(String(text));
    return parseDigestSet(json);
  } catch (cause) {
    throw damagedIndex(cause);
  }
}

/** What the index holds is not what we write into it. */
export function damagedIndex(cause: unknown): StemmaError {
  return new StemmaError('STORE_INVALID', 'the index of the store is damaged; its objects may be whole', {
    hint: 'build it anew with stemma store rebuild',
    cause,
  });
}

/** By which the digests of a set are looked up. Two digests may share one: what is found is compared. */
export function keysOf(set: DigestSet): number[] {
  return Object.entries(set).map(([algorithm, hex]) =>
    createHash('sha256').update(`${algorithm}:${hex}`).digest().readUIntBE(0, 6),
  );
}

/** A digest set of the index. */
export interface StoredSet {
  readonly id: number;
  readonly digests: DigestSet;
}

export interface Matches {
  /** Ids of the sets that match, those asked for among them. */
  readonly ids: ReadonlySet<number>;
  /** Not all could be compared. */
  readonly truncated: boolean;
}

/** Hostile input: a crowd that shares one digest and differs in another must not be compared each with each. */
const MAX_COMPARED = 1_000_000;

/**
 * The sets of the index that match one of some sets (design §3): directly, never through a third. What was compared already, in
 * this question or an earlier one, counts against one budget.
 */
export class SetMatcher {
  readonly #db: DatabaseSync;
  #compared = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  matching(wanted: readonly DigestSet[]): Matches {
    const byKey = new Map<number, DigestSet[]>();
    for (const set of wanted) {
      for (const key of keysOf(set)) {
        const list = byKey.get(key);
        if (list === undefined) byKey.set(key, [set]);
        else list.push(set);
      }
    }
    const exact = new Set(wanted.map(textOf));
    const ids = new Set<number>();
    const rows = this.#db
      .prepare(
        'SELECT k.key, s.id, s.digests FROM json_each(?) j JOIN set_keys k ON k.key = j.value JOIN sets s ON s.id = k.set_id',
      )
      .iterate(JSON.stringify([...byKey.keys()]));
    for (const { key, id, digests } of rows) {
      if (ids.has(Number(id))) continue;
      const text = String(digests);
      if (exact.has(text)) {
        ids.add(Number(id));
        continue;
      }
      const found = readText(text);
      for (const set of byKey.get(Number(key)) ?? []) {
        if (++this.#compared > MAX_COMPARED) return { ids, truncated: true };
        if (!sameArtifact(set, found)) continue;
        ids.add(Number(id));
        break;
      }
    }
    return { ids, truncated: false };
  }

  /** The digest sets behind some ids. */
  sets(ids: Iterable<number>): StoredSet[] {
    return this.#db
      .prepare('SELECT s.id, s.digests FROM json_each(?) j JOIN sets s ON s.id = j.value')
      .all(JSON.stringify([...ids]))
      .map(({ id, digests }) => ({ id: Number(id), digests: readText(digests) }));
  }
}
