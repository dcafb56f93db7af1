import type { DatabaseSync } from 'node:sqlite';
import { isStemmaError } from '../errors/index.ts';
import { readEntry } from './entry.ts';
import { openStore, type Store } from './layout.ts';
import { readObject } from './objects.ts';
import { type IndexOptions, withIndex } from './store-index.ts';

export interface ExportOptions extends IndexOptions {
  readonly store: string;
  /** Takes the lines, each a bundle as it is stored, with its LF. */
  readonly write: (lines: AsyncIterable<Uint8Array>) => Promise<void>;
}

export interface ExportResult {
  readonly statements: number;
  /** Objects that are not what their name says, or no statement: left out. */
  readonly damaged: number;
}

const LF = new Uint8Array([0x0a]);

/**
 * Hands on every statement of a store as JSON Lines, in the order of the objects' names: equal stores give equal bytes. Manifests
 * are no lines of it; they can be made from their models.
 *
 * @throws StemmaError PATH_NOT_FOUND, STORE_INVALID, FILE_UNREADABLE, INTERRUPTED; whatever `write` throws
 */
export async function exportStore(options: ExportOptions): Promise<ExportResult> {
  const store = await openStore(options.store);
  return withIndex(store, options, async ({ db, damaged }) => {
    const result = { statements: 0, damaged };
    await options.write(lines(store, db, result));
    return result;
  });
}

async function* lines(
  store: Store,
  db: DatabaseSync,
  result: { statements: number; damaged: number },
): AsyncGenerator<Uint8Array> {
  for (const { object } of db.prepare('SELECT object FROM statements ORDER BY object').iterate()) {
    let bytes: Uint8Array;
    try {
      bytes = readObject(store, 'bundles', String(object));
      readEntry(bytes, String(object));
    } catch (error) {
      if (!isStemmaError(error)) throw error;
      result.damaged++;
      continue;
    }
    // One that somebody else put there may be spread over lines.
    if (bytes.includes(0x0a)) {
      result.damaged++;
      continue;
    }
    yield bytes;
    yield LF;
    result.statements++;
  }
}
