import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { findStatements, importStatements } from '../../../src/core/store/index.ts';
import { isCorrupt, isRefused } from '../../../src/core/store/sqlite.ts';
import { tempFolder } from '../verify/support.ts';
import { fileOf, provenanceLine, storeOf } from './support.ts';

const MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

function u32(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) out.writeUInt32BE(value, 4 * i);
  return out;
}

/** Leaves the index as SQLite would after a crash between two databases: a journal, to be played back, that names the file of both. */
function plantJournal(store: string, superJournal: string): string {
  const file = path.join(store, 'index.sqlite');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = DELETE');
  db.close();
  const name = Buffer.from(superJournal);
  const pages = statSync(file).size / 4096;
  const header = Buffer.concat([MAGIC, u32(0, 1, pages, 4096, 4096)], 4096);
  const sum = name.reduce((total, byte) => total + byte, 0);
  const end = [u32(0x40000000 / 4096 + 1), name, u32(name.length, sum), MAGIC];
  writeFileSync(`${file}-journal`, Buffer.concat([header, ...end]));
  return `${file}-journal`;
}

describe('the files of an index that somebody else wrote', () => {
  it('delete no file that a journal of theirs names', async () => {
    const store = await storeOf(await provenanceLine('child', ['base']));
    const victim = path.join(tempFolder(), 'precious');
    writeFileSync(victim, 'notes\n');
    const journal = plantJournal(store, victim);
    const warnings: string[] = [];
    const found = await findStatements({ store, limit: 10, onWarning: (message) => warnings.push(message) });

    expect(found).toMatchObject({ total: 1, damaged: 0 });
    expect(readFileSync(victim, 'utf8')).toBe('notes\n');
    expect(warnings).toEqual([expect.stringContaining('the journal of the index names another file')]);
    expect(existsSync(journal)).toBe(false);
  });

  it.each([
    ['an empty one', Buffer.alloc(0)],
    ['one that says nothing', Buffer.alloc(4096)],
    ['its end alone', MAGIC],
    ['random bytes', Buffer.from('journal '.repeat(1000))],
  ])('are no reason to forget what the objects say: %s', async (_, bytes) => {
    const store = await storeOf(await provenanceLine('child', ['base']));
    writeFileSync(path.join(store, 'index.sqlite-journal'), bytes);
    expect(await findStatements({ store, limit: 10 })).toMatchObject({ total: 1, damaged: 0 });
  });

  it('are not waited for where the disk is full: SQLite says so as it does of a folder that cannot be written', () => {
    const db = new DatabaseSync(':memory:');
    db.exec('PRAGMA max_page_count = 3; CREATE TABLE t (x TEXT)');
    let thrown: unknown;
    try {
      for (let i = 0; i < 100; i++) db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(4000));
    } catch (error) {
      thrown = error;
    }
    expect([isRefused(thrown), isCorrupt(thrown)]).toEqual([true, false]);
    expect(isRefused(new Error('of ours'))).toBe(false);
  });
});

describe('ten thousand hostile lines', () => {
  it('are refused by number, the first hundred named, and the good one between them is taken', async () => {
    const good = await provenanceLine('child', ['base']);
    const junk = (from: number): string[] => Array.from({ length: 5000 }, (_, i) => `{"payload":"${from + i}"`);
    const store = path.join(tempFolder(), 'store');
    const result = await importStatements({ store, file: fileOf(...junk(0), good, ...junk(5000)) });

    expect(result).toMatchObject({ added: 1, refusals: 10_000 });
    expect(result.refused).toHaveLength(100);
    expect(result.refused[99]).toMatchObject({ line: 100 });
    expect(await findStatements({ store, limit: 10 })).toMatchObject({ total: 1, damaged: 0 });
  });
});
