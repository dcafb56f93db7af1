import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { checkStore, findFamily, findStatements, rebuildStore } from '../../../src/core/store/index.ts';
import { tempFolder } from '../verify/support.ts';
import { addLines, objectAbout, provenanceLine, setOf, storeOf } from './support.ts';

const all = (store: string, warnings: string[] = []): ReturnType<typeof findStatements> =>
  findStatements({ store, limit: 1000, onWarning: (message) => warnings.push(message) });
const namesIn = async (store: string): Promise<(string | undefined)[]> =>
  (await all(store)).statements.map(({ name }) => name);
const descendants = (store: string, of: string): ReturnType<typeof findFamily> =>
  findFamily({ store, digests: [setOf(of)], direction: 'descendants', maxDepth: 9 });

function shard(store: string, name: string): string {
  const folder = path.join(store, 'bundles', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Puts bytes under a name into a store, as somebody who can write there would. */
function plant(store: string, bytes: string, name = createHash('sha256').update(bytes).digest('hex')): string {
  const file = path.join(shard(store, name.slice(0, 2)), `${name}.json`);
  writeFileSync(file, bytes);
  return file;
}

const trio = async (): Promise<string> =>
  storeOf(
    await provenanceLine('child', ['base']),
    await provenanceLine('grandchild', ['child']),
    await provenanceLine('stranger', ['elsewhere']),
  );

describe('a poisoned store', () => {
  it('has no object whose bytes are not those of its name', async () => {
    const store = await trio();
    writeFileSync(objectAbout(store, 'child'), readFileSync(objectAbout(store, 'stranger')));

    expect(await all(store)).toMatchObject({ damaged: 1, statements: [{ name: 'grandchild' }, { name: 'stranger' }] });
    expect(await descendants(store, 'base')).toMatchObject({ relatives: [], damaged: 1 });
  });

  it('is no different for an object that was swapped before it was indexed', async () => {
    const store = await trio();
    const [one, other] = [objectAbout(store, 'child'), objectAbout(store, 'stranger')];
    renameSync(one, `${one}.tmp`);
    writeFileSync(one, readFileSync(other));
    rmSync(`${one}.tmp`);
    rmSync(path.join(store, 'index.sqlite'));

    expect(await all(store)).toMatchObject({ damaged: 1 });
    expect(await rebuildStore({ store })).toEqual({ statements: 2, damaged: 1 });
  });

  it('names what is damaged, and takes it anew when it is added once more', async () => {
    const store = await trio();
    const file = objectAbout(store, 'child');
    writeFileSync(file, 'nothing');

    expect(await checkStore({ store })).toEqual({
      statements: 2,
      manifests: 0,
      damaged: [
        { path: path.relative(store, file), message: expect.stringContaining('another SHA-256 than its name') },
      ],
    });
    expect(await addLines(store, await provenanceLine('child', ['base']))).toMatchObject({ added: 1 });
    expect(await checkStore({ store })).toMatchObject({ statements: 3, damaged: [] });
    expect(await all(store)).toMatchObject({ damaged: 0, total: 3 });
  });

  it('follows no link to a file elsewhere', async () => {
    const store = await trio();
    const file = objectAbout(store, 'child');
    const elsewhere = path.join(tempFolder(), 'bundle.json');
    renameSync(file, elsewhere);
    symlinkSync(elsewhere, file);

    expect(await descendants(store, 'base')).toMatchObject({ relatives: [], damaged: 1 });
    const [damaged] = (await checkStore({ store })).damaged;
    expect(damaged?.message).toContain('symbolic link');
  });

  it('neither waits for a pipe nor reads a folder', async () => {
    const store = await trio();
    const [pipe, folder] = [objectAbout(store, 'child'), objectAbout(store, 'grandchild')];
    rmSync(pipe);
    execFileSync('mkfifo', [pipe]);
    rmSync(folder);
    mkdirSync(folder);

    expect(await all(store)).toMatchObject({ damaged: 2, statements: [{ name: 'stranger' }] });
  });

  it('holds what is no statement without using it', async () => {
    const store = await trio();
    plant(store, 'not JSON');
    plant(store, '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}');
    plant(store, '['.repeat(100_000));

    expect(await all(store)).toMatchObject({ damaged: 3, total: 3 });
  });

  it('has no object under a name that is no digest, or in the folder of another', async () => {
    const store = await trio();
    const line = await provenanceLine('planted', ['base']);
    writeFileSync(path.join(shard(store, '00'), 'readme.json'), line);
    plant(store, line, `${'0'.repeat(63)}g`);

    expect(await namesIn(store)).not.toContain('planted');
    expect((await checkStore({ store })).damaged.map(({ message }) => message)).toEqual([
      'no object has such a name',
      'no object has such a name',
    ]);
  });

  it('finds what somebody else put there rightly, and misses what he took away', async () => {
    const store = await trio();
    plant(store, await provenanceLine('late', ['base']));
    rmSync(objectAbout(store, 'child'));

    expect((await descendants(store, 'base')).relatives.map(({ name }) => name)).toEqual(['late']);
  });
});

describe('an index that lies', () => {
  /** Changes the index as somebody who can write it would. */
  const spoil = (store: string, ...sql: readonly string[]): void => {
    const db = new DatabaseSync(path.join(store, 'index.sqlite'));
    for (const each of sql) db.exec(each);
    db.close();
  };

  it('adds no link that the statement does not say', async () => {
    const store = await trio();
    await all(store);
    spoil(
      store,
      "INSERT OR REPLACE INTO links SELECT (SELECT l.set_id FROM links l JOIN statements s ON s.id = l.statement_id WHERE s.name = 'child'), id, 'merged-from' FROM statements WHERE name = 'stranger'",
    );

    const { relatives, damaged } = await descendants(store, 'base');

    expect(relatives.map(({ name }) => name)).toEqual(['child', 'grandchild']);
    expect(damaged).toBe(1);
  });

  it('renames nothing, and makes nobody a signer', async () => {
    const store = await trio();
    await all(store);
    spoil(store, "UPDATE statements SET name = 'trusted', signer = 'somebody', type = 'x' WHERE name = 'stranger'");

    expect(await findStatements({ store, name: 'trusted', limit: 9 })).toMatchObject({ statements: [], damaged: 1 });
    expect(await namesIn(store)).not.toContain('trusted');
  });

  it('leads to no file by a name that is none', async () => {
    const store = await trio();
    await all(store);
    spoil(store, "UPDATE statements SET object = '../../../etc/passwd' WHERE name = 'stranger'");

    expect(await all(store)).toMatchObject({
      damaged: 1,
      statements: expect.toSatisfy((found: unknown[]) => found.length === 3),
    });
  });

  it('is mended by building it anew', async () => {
    const store = await trio();
    await all(store);
    spoil(store, 'DELETE FROM links', 'DELETE FROM subjects');
    expect((await descendants(store, 'base')).relatives).toEqual([]);

    expect(await rebuildStore({ store })).toEqual({ statements: 3, damaged: 0 });

    expect((await descendants(store, 'base')).relatives).toHaveLength(2);
  });

  it('is built anew where it is no database, or not one of ours', async () => {
    const store = await trio();
    const warnings: string[] = [];
    for (const poison of [
      (): void => writeFileSync(path.join(store, 'index.sqlite'), 'x'.repeat(10_000)),
      (): void => spoil(store, 'CREATE TRIGGER t AFTER INSERT ON statements BEGIN DELETE FROM links; END'),
      (): void => spoil(store, 'DROP TABLE links', 'CREATE VIEW links AS SELECT 1 AS set_id, 1 AS statement_id'),
      (): void => spoil(store, 'PRAGMA user_version = 99'),
    ]) {
      rmSync(path.join(store, 'index.sqlite-wal'), { force: true });
      poison();
      expect(await all(store, warnings)).toMatchObject({ total: 3, damaged: 0 });
      expect((await descendants(store, 'base')).relatives).toHaveLength(2);
    }
    expect(warnings).toEqual(['the index of the store is damaged, and is built anew']);
  });

  it('is not written where a link leads', async () => {
    const store = await trio();
    const elsewhere = path.join(tempFolder(), 'important');
    writeFileSync(elsewhere, '');
    rmSync(path.join(store, 'index.sqlite'), { force: true });
    symlinkSync(elsewhere, path.join(store, 'index.sqlite'));

    expect(await all(store)).toMatchObject({ total: 3 });
    expect(readFileSync(elsewhere, 'utf8')).toBe('');
  });
});
