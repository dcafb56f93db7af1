import { lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../../src/core/bytes/index.ts';
import { type FileList, fileSet, KnownHeaders, planModel, walkModel } from '../../../../src/core/model/index.ts';
import { modelOf, safetensors, tempDir } from '../support.ts';

async function listOf(dir: string): Promise<FileList> {
  return (await walkModel(dir, { allowSymlinks: false })).files;
}

describe('the files of a walk', () => {
  it('are in the order of their UTF-8 bytes, whatever their lengths', async () => {
    const names = ['b', 'a', 'ab', 'a-b', 'a.b', 'a/b', 'a\u{10000}', 'a\uffee', '\u00e9', 'a'.repeat(200), 'z/z/z/z'];
    const dir = modelOf(Object.fromEntries(names.filter((name) => name !== 'a').map((name) => [name, name])));
    const files = await listOf(dir);
    expect(files.map((file) => file.path)).toEqual(names.filter((name) => name !== 'a').toSorted(compareUtf8));
    for (const [index, file] of [...files].entries()) {
      expect(file.index).toBe(index);
      expect(file.size).toBe(Buffer.byteLength(file.path));
      expect(file.location).toBe(path.join(dir, file.path));
    }
  });

  it('are found by path, in a part of them too, and nothing else is', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `d${i % 7}/f${i}`);
    const files = await listOf(modelOf(Object.fromEntries(names.map((name) => [name, name]))));
    const some = files.filter(({ path: name }) => name.endsWith('3'));
    for (const name of names) {
      expect(files.named(name)?.path).toBe(name);
      expect(some.named(name)?.path).toBe(name.endsWith('3') ? name : undefined);
      expect(some.at(some.indexOf(name) ?? some.length)?.index).toBe(
        name.endsWith('3') ? files.indexOf(name) : undefined,
      );
    }
    for (const absent of ['', 'd0', 'd0/', 'd0/f', 'd9/f9', 'zzz', 'd0/f00', '\u{10ffff}']) {
      expect(files.indexOf(absent)).toBeUndefined();
      expect(some.named(absent)).toBeUndefined();
    }
  });

  it('can be picked from what was picked, down to none', async () => {
    const files = await listOf(modelOf({ a: '1', b: '22', c: '333' }));
    const picked = files.filter(({ size }) => size > 1).filter(({ path: name }) => name !== 'b');
    expect(picked.map((file) => [file.path, file.index])).toEqual([['c', 2]]);
    expect([files.bytes(), picked.bytes(), picked.filter(() => false).bytes()]).toEqual([6, 3, 0]);
    expect(files.filter(() => true)).toBe(files);
    expect(picked.filter(() => false).at(0)).toBeUndefined();
  });

  it.each([-86_399.5, 0, 253_370_764_800])('keep a modification time of %d s exactly', async (seconds) => {
    const dir = tempDir();
    writeFileSync(path.join(dir, 'a'), 'x');
    utimesSync(path.join(dir, 'a'), seconds, seconds);
    const { mtimeNs } = lstatSync(path.join(dir, 'a'), { bigint: true });
    expect((await listOf(dir)).at(0)?.identity.mtimeNs).toBe(mtimeNs);
    const plan = await planModel(fileSet(await walkModel(dir, { allowSymlinks: false }), { ignored: [] }), {
      opaque: [],
    });
    expect(plan.problems).toEqual([]);
  });

  it('are held in full where their number grows beyond what was set aside', async () => {
    const dir = tempDir();
    const folder = 'folder-with-a-long-name'.repeat(8);
    mkdirSync(path.join(dir, folder));
    for (let i = 0; i < 1000; i++) writeFileSync(path.join(dir, folder, `f${i}`), 'x'.repeat(i % 5));
    const files = await listOf(dir);
    expect(files).toHaveLength(1000);
    for (const { path: name, size } of files) expect(size).toBe(Number(name.slice(folder.length + 2)) % 5);
  });
});

describe('known headers', () => {
  it('spare the second reading, and make the same plan', async () => {
    const dir = modelOf({
      'a.pkl': 'x',
      'b.safetensors': 'no container',
      'm.safetensors': safetensors({ t: { data: Buffer.alloc(4) } }),
      plain: 'x',
    });
    const set = fileSet(await walkModel(dir, { allowSymlinks: false }), { ignored: [] });
    const known = new KnownHeaders();
    const first = await planModel(set, { opaque: [], known });
    for (const name of ['a.pkl', 'b.safetensors', 'm.safetensors', 'plain'])
      writeFileSync(path.join(dir, name), 'other');
    const second = await planModel(set, { opaque: [], known });
    expect(second.problems.map(({ path: name, error }) => [name, error.code])).toEqual([
      ['b.safetensors', 'SAFETENSORS_INVALID'],
    ]);
    expect({ ...second, files: [...second.files].map(({ container }) => container) }).toEqual({
      ...first,
      files: [...first.files].map(({ container }) => container),
    });
  });

  it('say nothing of a file that is opaque this time', async () => {
    const dir = modelOf({ 'b.safetensors': 'no container' });
    const set = fileSet(await walkModel(dir, { allowSymlinks: false }), { ignored: [] });
    const known = new KnownHeaders();
    expect((await planModel(set, { opaque: ['b.safetensors'], known })).problems).toEqual([]);
    expect((await planModel(set, { opaque: [], known })).problems).toHaveLength(1);
    expect((await planModel(set, { opaque: ['b.safetensors'], known })).problems).toEqual([]);
  });
});
