import { mkdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { addToStore, checkStore, exportStore, findStatements } from '../../../src/core/store/index.ts';
import { tempFolder } from '../verify/support.ts';
import { addLines, fileOf, objectsOf, provenanceLine, setOf, storeOf } from './support.ts';

const all = (store: string, warnings: string[] = []): ReturnType<typeof findStatements> =>
  findStatements({ store, limit: 1000, onWarning: (message) => warnings.push(message) });
function shard(store: string, name: string): string {
  const folder = path.join(store, 'bundles', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

const trio = async (): Promise<string> =>
  storeOf(
    await provenanceLine('child', ['base']),
    await provenanceLine('grandchild', ['child']),
    await provenanceLine('stranger', ['elsewhere']),
  );

describe('what a store is made of', () => {
  it('is refused where something else lies', async () => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'thesis.tex'), '');

    await expect(addLines(folder, await provenanceLine('m', []))).rejects.toMatchObject({ code: 'STORE_INVALID' });
    await expect(all(folder)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  it('is refused in another version, and with a link in the place of a folder', async () => {
    const store = await trio();
    writeFileSync(path.join(store, 'format'), 'stemma-store 2\n');
    await expect(all(store)).rejects.toMatchObject({ code: 'STORE_INVALID' });
    writeFileSync(path.join(store, 'format'), 'stemma-store 1\n');
    renameSync(path.join(store, 'bundles'), path.join(store, 'elsewhere'));
    symlinkSync('elsewhere', path.join(store, 'bundles'));
    await expect(all(store)).rejects.toMatchObject({ code: 'STORE_INVALID' });
  });

  it('takes every good line of a file and refuses the others, by number', async () => {
    const good = await provenanceLine('m', ['base']);
    const store = path.join(tempFolder(), 'store');

    const result = await addToStore({
      store,
      paths: [fileOf(good, 'nonsense', '', good, '{}', `{"x":"${'y'.repeat(100_000)}"}`, '[1,2]')],
    });

    expect(result).toMatchObject({ added: 1, present: 1, refusals: 4 });
    expect(result.refused.map(({ line }) => line)).toEqual([2, 5, 6, 7]);
  });

  it('refuses a statement of more subjects than are indexed', async () => {
    const line = await provenanceLine('m', ['base']);
    const bundle = JSON.parse(line) as { dsseEnvelope: { payload: string } };
    const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()) as {
      subject: object[];
    };
    statement.subject = Array.from({ length: 1001 }, (_, i) => ({ name: `m${i}`, digest: setOf(`m${i}`) }));
    bundle.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
    const store = path.join(tempFolder(), 'store');

    expect(await addLines(store, JSON.stringify(bundle))).toMatchObject({ added: 0, refusals: 1 });
  });

  it('exports equal bytes for equal stores, however they were filled', async () => {
    const lines = [await provenanceLine('a', ['base']), await provenanceLine('b', ['a'])];
    const [one, other] = [await storeOf(...lines), await storeOf(...lines.toReversed(), ...lines)];
    const exported = async (store: string): Promise<string> => {
      let text = '';
      await exportStore({
        store,
        write: async (chunks) => {
          for await (const chunk of chunks) text += Buffer.from(chunk).toString();
        },
      });
      return text;
    };

    expect(await exported(one)).toBe(await exported(other));
    expect((await exported(one)).trimEnd().split('\n').toSorted()).toEqual(lines.toSorted());
  });

  it('stores a bundle that is spread over lines as one line, its payload unchanged', async () => {
    const line = await provenanceLine('a', ['base']);
    const file = path.join(tempFolder(), 'a.sigstore.json');
    writeFileSync(file, JSON.stringify(JSON.parse(line), undefined, 2));
    const store = path.join(tempFolder(), 'store');

    expect(await addToStore({ store, paths: [file] })).toMatchObject({ added: 1 });

    expect(objectsOf(store).map((object) => readFileSync(object, 'utf8'))).toEqual([line]);
  });

  it('has the leftovers of a killed process taken away after an hour', async () => {
    const store = await trio();
    const [fresh, old] = ['.a.stemma-tmp', '.b.stemma-tmp'].map((name) => path.join(shard(store, '00'), name));
    for (const file of [fresh, old]) writeFileSync(file as string, '{');
    utimesSync(old as string, 0, 0);

    await all(store);

    expect(objectsOf(store, 'bundles').filter((file) => file.endsWith('tmp'))).toEqual([]);
    expect((await checkStore({ store })).damaged).toEqual([]);
    expect(readFileSync(fresh as string, 'utf8')).toBe('{');
    expect(() => readFileSync(old as string)).toThrow('ENOENT');
  });
});
