import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { locateModel } from '../../../src/core/model/index.ts';
import { expectCode, modelOf, tempDir } from './support.ts';

const NOTHING = { ignore: [], opaque: [] };
const isRoot = process.getuid?.() === 0;

describe('a model that is named', () => {
  it('is a folder or a file, by its absolute path', async () => {
    const dir = modelOf({ 'a.bin': 'x' });
    expect(await locateModel(`${dir}/`, NOTHING)).toEqual({ root: dir, kind: 'folder', ignored: [], opaque: [] });
    expect(await locateModel(`${dir}/./a.bin`, NOTHING)).toMatchObject({ root: `${dir}/a.bin`, kind: 'file' });
    expect(await locateModel('.', NOTHING)).toMatchObject({ root: process.cwd(), kind: 'folder' });
  });

  it('may be a link', async () => {
    const dir = modelOf({ a: 'x' });
    symlinkSync(dir, `${path.dirname(dir)}/link`);
    expect(await locateModel(`${path.dirname(dir)}/link`, NOTHING)).toMatchObject({ kind: 'folder' });
  });

  it('has the paths that the caller names in it, in canonical form', async () => {
    const dir = modelOf({ a: 'x' });
    const { ignored, opaque } = await locateModel(dir, {
      ignore: ['z/', './a//b', `${dir}/c`, 'z'],
      opaque: ['m.gguf'],
    });
    expect([ignored, opaque]).toEqual([['a/b', 'c', 'z'], ['m.gguf']]);
  });

  it.each<[string, string]>([
    ['is not there', 'none'],
    ['lies below a file', 'a/b'],
  ])('cannot be one that %s', async (_, name) => {
    const error = await expectCode(locateModel(path.join(modelOf({ a: 'x' }), name), NOTHING), 'PATH_NOT_FOUND');
    expect(error.message).toBe(`no such file or folder: "${path.basename(name)}"`);
  });

  it('cannot be a dangling link, a loop, or a name that is too long', async () => {
    const dir = tempDir();
    symlinkSync('none', `${dir}/dangling`);
    symlinkSync('loop', `${dir}/loop`);
    await expectCode(locateModel(`${dir}/dangling`, NOTHING), 'PATH_NOT_FOUND');
    await expectCode(locateModel(`${dir}/loop`, NOTHING), 'FILE_UNREADABLE');
    await expectCode(locateModel(`${dir}/${'x'.repeat(300)}`, NOTHING), 'FILE_UNREADABLE');
  });

  it.skipIf(isRoot)('cannot lie in a closed folder (skipped as root)', async () => {
    const dir = tempDir();
    mkdirSync(`${dir}/closed/model`, { recursive: true });
    chmodSync(`${dir}/closed`, 0o000);
    await expectCode(locateModel(`${dir}/closed/model`, NOTHING), 'FILE_UNREADABLE');
    chmodSync(`${dir}/closed`, 0o700);
  });

  it.each(['../x', '/etc', '.', '', 'a*', 'a/../b', 'a\0b', 'a\\b'])(
    'has no path %j to ignore or to take as plain',
    async (given) => {
      const dir = modelOf({ a: 'x' });
      const ignoring = await expectCode(locateModel(dir, { ignore: [given], opaque: [] }), 'USAGE');
      expect(ignoring.message).toMatch(/^--ignore /);
      const taking = await expectCode(locateModel(dir, { ignore: [], opaque: [given] }), 'USAGE');
      expect(taking.message).toMatch(/^--opaque /);
    },
  );
});
