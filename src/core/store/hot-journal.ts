import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** How a rollback journal begins and, where it names a super-journal, ends (https://sqlite.org/fileformat2.html#rollbackjournal). */
const MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

/**
 * Hostile input: a rollback journal may name a super-journal, by any path, and versions of SQLite delete the file of that name once they
 * have played the journal back. The index is one database alone, so that no journal of ours names one.
 *
 * @returns false where there is no journal
 */
export function namesSuperJournal(journal: string): boolean {
  let file: number;
  try {
    file = openSync(journal, 'r');
  } catch {
    return false;
  }
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(MAGIC.length);
    return size > MAGIC.length && readSync(file, end, 0, end.length, size - end.length) > 0 && end.equals(MAGIC);
  } finally {
    closeSync(file);
  }
}
