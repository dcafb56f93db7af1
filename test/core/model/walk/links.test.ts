import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSet, type ModelListing, walkModel } from '../../../../src/core/model/index.ts';
import { digest, expectCode, modelOf, safetensors, tempDir, writeFiles } from '../support.ts';

const kinds = ({ problems }: ModelListing): [string, string][] => problems.map(({ path, kind }) => [path, kind]);
const walk = (dir: string, allowSymlinks = false): Promise<ModelListing> => walkModel(dir, { allowSymlinks });

function link(target: string, at: string): void {
  mkdirSync(path.dirname(at), { recursive: true });
  symlinkSync(target, at);
}

describe('symbolic links', () => {
  it.each([
    ['to a file inside', 'real'],
    ['to a file outside', '../outside'],
    ['to a folder inside', 'sub'],
    ['to a folder outside', '..'],
    ['to an absolute path', '/etc/hostname'],
  ])('%s are refused', async (_, target) => {
    const dir = modelOf({ real: 'x', 'sub/y': 'y' });
    writeFiles(path.dirname(dir), { outside: 'secret' });
    link(target, `${dir}/link`);
    const listing = await walk(dir);
    expect(kinds(listing)).toEqual([['link', 'symlink']]);
    expect(listing.files.map((file) => file.path)).toEqual(['real', 'sub/y']);
    const error = await expectCode(digest(dir), 'SYMLINK_REFUSED');
    expect(error.details).toEqual({ path: 'link', kind: 'symlink' });
  });

  it('to nothing, or to themselves, are told apart', async () => {
    const dir = modelOf({ real: 'x' });
    link('nowhere', `${dir}/dangling`);
    link('real/below', `${dir}/through-a-file`);
    link('self', `${dir}/self`);
    link('b', `${dir}/a`);
    link('a', `${dir}/b`);
    const expected = [
      ['a', 'symlink-loop'],
      ['b', 'symlink-loop'],
      ['dangling', 'dangling-symlink'],
      ['self', 'symlink-loop'],
      ['through-a-file', 'dangling-symlink'],
    ];
    expect(kinds(await walk(dir))).toEqual(expected);
    expect(kinds(await walk(dir, true))).toEqual(expected);
    await expectCode(digest(dir), 'SYMLINK_REFUSED');
  });

  it("are refused in a side file's name too", async () => {
    const dir = modelOf({ real: 'x' });
    link('real', `${dir}/model.sig`);
    const listing = await walk(dir);
    expect(fileSet(listing, { ignored: [] }).problems.map(({ path }) => path)).toEqual(['model.sig']);
  });
});

describe('with links allowed', () => {
  it('a link counts as the file that it leads to, under its own name', async () => {
    const plain = await digest(modelOf({ real: 'x', link: 'x' }));
    const dir = modelOf({ real: 'x' });
    link('real', `${dir}/link`);
    const linked = await digest(dir, { allowSymlinks: true });
    expect(linked.trees.digests).toEqual(plain.trees.digests);
    expect(linked.listing.files.map(({ path, via }) => [path, via])).toEqual([
      ['link', 'followed-link'],
      ['real', 'file'],
    ]);
  });

  it('a link to a folder counts as that folder, all below it marked', async () => {
    const dir = modelOf({ 'real/deep/x': 'x' });
    link('real', `${dir}/link`);
    const listing = await walk(dir, true);
    expect(listing.files.map(({ path, via }) => [path, via])).toEqual([
      ['link/deep/x', 'followed-link'],
      ['real/deep/x', 'file'],
    ]);
    expect(listing.warnings).toEqual([]);
  });

  it('a signed "no links" takes them out again', async () => {
    const dir = modelOf({ 'real/x': 'x' });
    link('real', `${dir}/link`);
    const set = fileSet(await walk(dir, true), { ignored: [], allowSymlinks: false });
    expect(set.files.map(({ path }) => path)).toEqual(['real/x']);
    expect(set.problems.map(({ path, kind }) => [path, kind])).toEqual([['link/x', 'symlink']]);
  });

  it.each(['.', '..', '../..'])('a link to %s, a folder above it, is a loop', async (target) => {
    const dir = modelOf({ 'a/b/x': 'x' });
    link(target, `${dir}/a/b/up`);
    const listing = await walk(dir, true);
    expect(kinds(listing)).toEqual([['a/b/up', 'symlink-loop']]);
    expect(listing.files.map(({ path }) => path)).toEqual(['a/b/x']);
  });

  it('a way back through a folder outside is a loop', async () => {
    const dir = modelOf({ x: 'x' });
    link('..', `${dir}/out`);
    const listing = await walk(dir, true);
    expect(kinds(listing)).toEqual([['out/model', 'symlink-loop']]);
    expect(listing.warnings).toEqual(['"out" is a link to outside the model']);
  });

  it('folders that fan out exponentially end', async () => {
    const dir = modelOf({ 'd0/x': 'x' });
    for (let i = 1; i < 20; i++) {
      link(`../d${i - 1}`, `${dir}/d${i}/left`);
      link(`../d${i - 1}`, `${dir}/d${i}/right`);
    }
    const listing = await walk(dir, true);
    expect(kinds(listing).some(([, kind]) => kind === 'symlink')).toBe(true);
    await expectCode(digest(dir, { allowSymlinks: true }), 'SYMLINK_REFUSED');
  });
});

describe('a Hugging Face cache snapshot', () => {
  const commit = 'c0ffee'.repeat(6);
  const weights = safetensors({ w: { data: 'weights' } });

  /** A cache repository with links as `huggingface_hub` makes them. */
  function cache(repository = 'models--org--name'): { repo: string; snapshot: string } {
    const repo = path.join(tempDir(), repository);
    writeFiles(repo, { 'blobs/aaa': weights, 'blobs/bbb': '{}', 'refs/main': commit });
    const snapshot = path.join(repo, 'snapshots', commit);
    link('../../blobs/aaa', path.join(snapshot, 'model.safetensors'));
    link('../../../blobs/bbb', path.join(snapshot, 'onnx/config.json'));
    return { repo, snapshot };
  }

  it('has the digests of the same files without links', async () => {
    const linked = await digest(cache().snapshot);
    const plain = await digest(modelOf({ 'model.safetensors': weights, 'onnx/config.json': '{}' }));
    expect(linked.trees.digests).toEqual(plain.trees.digests);
    expect(linked.listing.files.map(({ via }) => via)).toEqual(['huggingface-link', 'huggingface-link']);
    expect(linked.trees.tensorSets).toEqual(plain.trees.tensorSets);
  });

  it.each(['datasets--org--name', 'spaces--org--name'])('is known in %s', async (repository) => {
    expect(kinds(await walk(cache(repository).snapshot))).toEqual([]);
  });

  it('may be given by a folder inside it, by a link to it, or by one of its files', async () => {
    const { repo, snapshot } = cache();
    expect(kinds(await walk(path.join(snapshot, 'onnx')))).toEqual([]);
    link(snapshot, path.join(repo, '../alias'));
    expect(kinds(await walk(path.join(repo, '../alias')))).toEqual([]);
    const file = await walk(path.join(snapshot, 'model.safetensors'));
    expect(file.kind).toBe('file');
    expect(file.name).toBe('model.safetensors');
    expect(file.files.map(({ path, via }) => [path, via])).toEqual([['', 'huggingface-link']]);
  });

  it.each([
    ["another repository's blobs", (repo: string) => path.join(repo, '../models--org--other/blobs/evil')],
    ['a folder inside blobs', (repo: string) => path.join(repo, 'blobs/sub/evil')],
    ['a file beside blobs', (repo: string) => path.join(repo, 'refs/main')],
    ['a file far outside', () => '/etc/hostname'],
  ])('a link to %s is a symbolic link like any other', async (_, target) => {
    const { repo, snapshot } = cache();
    writeFiles(repo, { 'blobs/sub/evil': 'x', '../models--org--other/blobs/evil': 'x' });
    link(target(repo), path.join(snapshot, 'evil'));
    expect(kinds(await walk(snapshot))).toEqual([['evil', 'symlink']]);
  });

  it('a blob that is a folder, or a link to elsewhere, does not count', async () => {
    const { repo, snapshot } = cache();
    mkdirSync(path.join(repo, 'blobs/folder'));
    link('/etc/hostname', path.join(repo, 'blobs/indirect'));
    link('../../blobs/folder', path.join(snapshot, 'a'));
    link('../../blobs/indirect', path.join(snapshot, 'b'));
    expect(kinds(await walk(snapshot))).toEqual([
      ['a', 'symlink'],
      ['b', 'symlink'],
    ]);
  });

  it('a blobs folder that is itself a link does not count', async () => {
    const repo = path.join(tempDir(), 'models--org--name');
    writeFiles(path.dirname(repo), { 'elsewhere/aaa': 'x' });
    link('../elsewhere', path.join(repo, 'blobs'));
    link('../../blobs/aaa', path.join(repo, 'snapshots', commit, 'file'));
    expect(kinds(await walk(path.join(repo, 'snapshots', commit)))).toEqual([['file', 'symlink']]);
  });

  it('is not made by folder names alone: the repository must be named as a cache names it', async () => {
    const repo = path.join(tempDir(), 'ordinary');
    writeFiles(repo, { 'blobs/aaa': 'x' });
    link('../../blobs/aaa', path.join(repo, 'snapshots/1/file'));
    expect(kinds(await walk(path.join(repo, 'snapshots/1')))).toEqual([['file', 'symlink']]);
  });

  it('a dangling link in it is a problem', async () => {
    const { snapshot } = cache();
    link('../../blobs/gone', path.join(snapshot, 'gone'));
    expect(kinds(await walk(snapshot))).toEqual([['gone', 'dangling-symlink']]);
  });
});

describe('a single file by a link', () => {
  it('is refused unless links are allowed', async () => {
    const dir = writeFiles(tempDir(), { real: 'x' });
    link('real', `${dir}/link`);
    expect(kinds(await walk(`${dir}/link`))).toEqual([['', 'symlink']]);
    await expectCode(digest(`${dir}/link`), 'SYMLINK_REFUSED');
    const followed = await digest(`${dir}/link`, { allowSymlinks: true });
    expect(followed.trees.digests).toEqual((await digest(`${dir}/real`)).trees.digests);
  });

  it('that leads nowhere does not exist', async () => {
    const dir = tempDir();
    link('nowhere', `${dir}/link`);
    await expectCode(walk(`${dir}/link`), 'PATH_NOT_FOUND');
  });
});
