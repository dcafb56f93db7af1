import { symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StemmaError } from '../../../../src/core/errors/index.ts';
import {
  type FileSet,
  fileSet,
  isIgnored,
  type LeftOut,
  omsFileSet,
  parseModelPaths,
  walkModel,
} from '../../../../src/core/model/index.ts';
import { digest, modelOf } from '../support.ts';

const reasons = (leftOut: readonly LeftOut[]): [string, string][] =>
  leftOut.map(({ path, because }) => [path, because]);
const paths = (set: FileSet): string[] => set.files.map(({ path }) => path);

async function sampled(files: readonly string[]) {
  const dir = modelOf(Object.fromEntries(files.map((name) => [name, name])));
  return { dir, listing: await walkModel(dir, { allowSymlinks: false }) };
}

describe('the file set', () => {
  it('leaves out side files and Git names at the top and the Hugging Face bookkeeping, and says so', async () => {
    const { listing } = await sampled([
      '.cache/huggingface/a',
      '.cache/huggingface/b/c',
      '.cache/other',
      '.git/HEAD',
      '.github/x',
      '.gitignore',
      'model.attestations.jsonl',
      'model.manifest.jsonl',
      'model.sig',
      'sub/.cache/huggingface/x',
      'sub/.gitignore',
      'sub/model.sig',
      'w',
    ]);
    const set = fileSet(listing, { ignored: [] });
    expect(paths(set)).toEqual(['.cache/other', 'sub/.cache/huggingface/x', 'sub/.gitignore', 'sub/model.sig', 'w']);
    expect(reasons(set.leftOut)).toEqual([
      ['.cache/huggingface', 'hugging face cache'],
      ['.git', 'git'],
      ['.github', 'git'],
      ['.gitignore', 'git'],
      ['model.attestations.jsonl', 'side file'],
      ['model.manifest.jsonl', 'side file'],
      ['model.sig', 'side file'],
    ]);
  });

  it('names that only resemble those stay in', async () => {
    const names = ['.cache/huggingface2', '.gitmodules', 'MODEL.SIG', 'model.sig.bak', 'x.sig'];
    const { listing } = await sampled(names);
    expect(paths(fileSet(listing, { ignored: [] }))).toEqual(names.toSorted());
  });

  it('an ignored path takes its whole subtree with it, by whole components', async () => {
    const { listing } = await sampled(['logs', 'logs2/x', 'a/logs/x', 'a/logsx', 'a/b']);
    const set = fileSet(listing, { ignored: ['a/logs', 'logs', 'absent'] });
    expect(paths(set)).toEqual(['a/b', 'a/logsx', 'logs2/x']);
    expect(reasons(set.leftOut)).toEqual([
      ['a/logs/x', 'ignored'],
      ['logs', 'ignored'],
    ]);
  });

  it('what a default leaves out makes no problem, what an ignore leaves out neither, the rest does', async () => {
    const { dir } = await sampled(['.cache/huggingface/a', 'logs/a', 'w']);
    for (const at of ['.cache/huggingface/l', 'logs/l', 'l']) symlinkSync('nowhere', `${dir}/${at}`);
    const listing = await walkModel(dir, { allowSymlinks: false });
    expect(listing.problems).toHaveLength(3);
    expect(fileSet(listing, { ignored: ['logs'] }).problems.map(({ path }) => path)).toEqual(['l']);
    // Others leave out nothing by default.
    expect(omsFileSet(listing, { ignored: ['logs'] }).problems.map(({ path }) => path)).toEqual([
      '.cache/huggingface/l',
      'l',
    ]);
  });

  it.each([fileSet, omsFileSet])(
    'a folder named like a side file is a problem even where it is ignored (%o)',
    async (select) => {
      const { listing } = await sampled(['model.attestations.jsonl/evil.py', 'w']);
      const set = select(listing, { ignored: ['model.attestations.jsonl'] });
      expect(set.problems.map(({ kind }) => kind)).toEqual(['side-file-is-folder']);
    },
  );

  it('of a single file is that file', async () => {
    const { dir } = await sampled(['model.sig']);
    const listing = await walkModel(`${dir}/model.sig`, { allowSymlinks: false });
    expect(paths(fileSet(listing, { ignored: [] }))).toEqual(['']);
  });

  it('adding a side file changes no digest', async () => {
    const before = await digest(modelOf({ w: 'x' }));
    const after = await digest(
      modelOf({ w: 'x', 'model.sig': 's', 'model.attestations.jsonl': 'a', '.git/HEAD': 'h' }),
    );
    expect(after.trees.digests).toEqual(before.trees.digests);
  });

  it('adding a file with the name of a side file further down does', async () => {
    const before = await digest(modelOf({ w: 'x' }));
    const after = await digest(modelOf({ w: 'x', 'sub/model.sig': 's' }));
    expect(after.trees.fileTree.root).not.toBe(before.trees.fileTree.root);
  });
});

describe('the file set of an OMS statement made by others', () => {
  it('leaves out its ignores, the Git names and the bundle, and nothing else', async () => {
    const { listing } = await sampled([
      '.cache/huggingface/a',
      '.gitignore',
      'model.manifest.jsonl',
      'model.sig',
      's/my.sig',
      'w',
    ]);
    const set = omsFileSet(listing, { ignored: ['w'], bundle: 's/my.sig' });
    expect(paths(set)).toEqual(['.cache/huggingface/a', 'model.manifest.jsonl', 'model.sig']);
    expect(reasons(set.leftOut)).toEqual([
      ['.gitignore', 'git'],
      ['s/my.sig', 'bundle'],
      ['w', 'ignored'],
    ]);
  });
});

describe('paths that a caller names', () => {
  const folder = { root: '/models/m', kind: 'folder', flag: '--ignore' } as const;

  it('become canonical, sorted by UTF-8 bytes, unique', () => {
    const given = ['b/', './a//x', '/models/m/c', 'b', '\u{10000}', '\uffff'];
    expect(parseModelPaths(given, folder)).toEqual(['a/x', 'b', 'c', '\uffff', '\u{10000}']);
  });

  it.each([
    '..',
    '../x',
    'a/../../x',
    'a/..',
    '/etc/passwd',
    '/models/m2',
    '/models',
    '',
    '.',
    '/models/m',
    '/models/m/',
    '*.bin',
    'a?',
    'a[0]',
    'a\\b',
    'C:\\x',
    'x:ads',
    'a\0b',
    'con',
  ])('%j is refused', (given) => {
    expect(() => parseModelPaths([given], folder)).toThrow(StemmaError);
    try {
      parseModelPaths([given], folder);
    } catch (error) {
      expect((error as StemmaError).code).toBe('USAGE');
    }
  });

  it('a single file is named by its base name, its path or a dot, and by nothing else', () => {
    const file = { root: '/models/w.gguf', kind: 'file', flag: '--opaque' } as const;
    for (const given of ['w.gguf', './w.gguf', '.', '/models/w.gguf'])
      expect(parseModelPaths([given], file)).toEqual(['']);
    for (const given of ['other', 'w.gguf/x', '/models/other', '..']) {
      expect(() => parseModelPaths([given], file), given).toThrow(StemmaError);
    }
  });

  it('match by whole components', () => {
    const ignored = new Set(['a/b', 'c']);
    for (const path of ['a/b', 'a/b/x', 'c', 'c/x/y']) expect(isIgnored(path, ignored), path).toBe(true);
    for (const path of ['a', 'a/bc', 'x/a/b', 'cc', 'C', 'a/B']) expect(isIgnored(path, ignored), path).toBe(false);
    expect(isIgnored('anything', new Set())).toBe(false);
  });
});
