import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fileSet, firstChange, walkModel } from '../../../../src/core/model/index.ts';
import { modelOf } from '../support.ts';

const PATHS = ['config.json', 'sub/b.bin', 'sub/a.bin', 'é.txt', '😀.txt', '\uffee.txt'];

const folder = (): string => modelOf(Object.fromEntries(PATHS.map((name) => [name, name])));

async function changeAfter(
  edit: (dir: string) => void,
  { ignored = [], allowSymlinks = false }: { ignored?: readonly string[]; allowSymlinks?: boolean } = {},
  dir = folder(),
): Promise<string> {
  const before = fileSet(await walkModel(dir, { allowSymlinks }), { ignored });
  edit(dir);
  const change = await firstChange(dir, before, { allowSymlinks, ignored });
  return change === undefined ? 'none' : `${change.path} ${change.how}`;
}

it('finds nothing where nothing changed', async () => {
  expect(await changeAfter(() => undefined)).toBe('none');
});

it.each<[string, (dir: string) => void]>([
  ['sub/c.bin was added', (dir) => writeFileSync(path.join(dir, 'sub/c.bin'), '')],
  ['sub/b.bin was removed', (dir) => unlinkSync(path.join(dir, 'sub/b.bin'))],
  ['sub/a.bin changed', (dir) => writeFileSync(path.join(dir, 'sub/a.bin'), 'longer than before')],
  ['é.txt changed', (dir) => utimesSync(path.join(dir, 'é.txt'), 1, 1)],
  ['😀.txt was removed', (dir) => unlinkSync(path.join(dir, '😀.txt'))],
  [
    'sub was replaced',
    (dir) => {
      rmSync(path.join(dir, 'sub'), { recursive: true });
      symlinkSync('/', path.join(dir, 'sub'));
    },
  ],
  [
    'config.json was replaced',
    (dir) => {
      unlinkSync(path.join(dir, 'config.json'));
      symlinkSync('sub/a.bin', path.join(dir, 'config.json'));
    },
  ],
  ['model.sig was replaced', (dir) => mkdirSync(path.join(dir, 'model.sig'))],
])('says that %s', async (expected, edit) => {
  expect(await changeAfter(edit)).toBe(expected);
});

it('tells a file that another one of its size and time was put in the place of', async () => {
  const change = await changeAfter((dir) => {
    const file = path.join(dir, 'sub/a.bin');
    writeFileSync(path.join(dir, 'new'), 'sub/x.bin');
    for (const each of [file, path.join(dir, 'new')]) utimesSync(each, 1_700_000_000, 1_700_000_000);
    renameSync(path.join(dir, 'new'), file);
  });
  expect(change).toBe('sub/a.bin changed');
});

it('tells a link that leads elsewhere, where links are followed', async () => {
  const dir = folder();
  linkSync(path.join(dir, 'sub/a.bin'), path.join(dir, 'sub/same'));
  symlinkSync('sub/a.bin', path.join(dir, 'link'));
  const toTheSameFile = (): void => {
    unlinkSync(path.join(dir, 'link'));
    symlinkSync('sub/same', path.join(dir, 'link'));
  };
  expect(await changeAfter(toTheSameFile, { allowSymlinks: true }, dir)).toBe('link changed');
});

it('passes over what the file set leaves out', async () => {
  const change = await changeAfter(
    (dir) => {
      writeFileSync(path.join(dir, 'sub/a.bin'), 'another text');
      writeFileSync(path.join(dir, 'sub/new.bin'), '');
      symlinkSync('/', path.join(dir, 'sub/link'));
      writeFileSync(path.join(dir, 'model.attestations.jsonl'), '');
      mkdirSync(path.join(dir, '.git'));
    },
    { ignored: ['sub'] },
  );
  expect(change).toBe('none');
});

it('watches a single file', async () => {
  const file = path.join(folder(), 'config.json');
  expect(await changeAfter(() => undefined, {}, file)).toBe('none');
  expect(await changeAfter(() => writeFileSync(file, 'x'), {}, file)).toBe(' changed');
  const swap = (): void => {
    unlinkSync(file);
    mkdirSync(file);
  };
  expect(await changeAfter(swap, {}, file)).toBe(' was removed');
});

it('says what became of a model that is not there any more', async () => {
  const gone = changeAfter((dir) => rmSync(dir, { recursive: true }));
  await expect(gone).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});
