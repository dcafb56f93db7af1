import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DigestSet } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { textOf } from './digest-sets.ts';
import { type Entry, readEntry } from './entry.ts';
import type { Store } from './layout.ts';
import { readObject } from './objects.ts';

/** A stored statement as it is shown: read from its object, whatever the index says of it. All of it is claimed. */
export interface StoredStatement {
  /** SHA-256 of the stored bytes. */
  readonly object: string;
  /** SHA-256 of the DSSE PAE: what was signed. */
  readonly pae: string;
  readonly predicateType: string;
  readonly name?: string;
  /** Whom the bundle names: the hint of a key, a certificate's SHA-256, a key id. */
  readonly signer?: string;
  readonly subjects: readonly DigestSet[];
}

/** What an object says of who descends from whom. */
export interface SaidLinks {
  readonly object: string;
  readonly name: string | undefined;
  readonly signer: string | undefined;
  readonly subjects: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
}

export const linkText = (relation: string, parent: DigestSet): string => `${relation} ${textOf(parent)}`;

/**
 * Reads the objects that the index names. What is not there, or not what its name says, is left out and counted: the index is
 * never believed over the files.
 */
export class Records {
  readonly #store: Store;
  readonly #find: StatementSync;
  readonly #links = new Map<number, SaidLinks>();
  readonly #broken = new Set<number>();

  constructor(store: Store, db: DatabaseSync) {
    this.#store = store;
    this.#find = db.prepare('SELECT object FROM statements WHERE id = ?');
  }

  /** How many rows of the index were not borne out. */
  get stale(): number {
    return this.#broken.size;
  }

  /** Says that a row is not borne out by the object that it names. */
  distrust(id: number): void {
    this.#broken.add(id);
  }

  statement(id: number): StoredStatement | undefined {
    const read = this.read(id);
    if (read === undefined) return undefined;
    const { object, entry } = read;
    const { pae, statement, name, signer, subjects } = entry;
    return {
      object,
      pae,
      predicateType: statement.predicateType,
      ...(name === undefined ? {} : { name }),
      ...(signer === undefined ? {} : { signer }),
      subjects,
    };
  }

  /** Remembered, since one statement may link many. */
  links(id: number): SaidLinks | undefined {
    const known = this.#links.get(id);
    if (known !== undefined) return known;
    const read = this.read(id);
    if (read === undefined) return undefined;
    const { name, signer, subjects, links } = read.entry;
    const said = {
      object: read.object,
      name,
      signer,
      subjects: new Set(subjects.map(textOf)),
      links: new Set(links.map(({ relation, digests }) => linkText(relation, digests))),
    };
    this.#links.set(id, said);
    return said;
  }

  /** The object behind a row; undefined where there is none, or it is damaged. */
  read(id: number): { readonly object: string; readonly entry: Entry } | undefined {
    if (this.#broken.has(id)) return undefined;
    const object = String(this.#find.get(id)?.['object']);
    try {
      if (/^[0-9a-f]{64}$/.test(object))
        return { object, entry: readEntry(readObject(this.#store, 'bundles', object), object) };
    } catch (error) {
      if (!isStemmaError(error)) throw error;
    }
    this.#broken.add(id);
    return undefined;
  }
}
