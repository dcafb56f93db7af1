import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Dag, evidenceDag, filesDag, formatCid } from '../../../src/core/ipfs/index.ts';
import { modelOf, tempDir, writeFiles } from '../model/support.ts';
import { blocksOf, folderOf } from './support.ts';

const text = ({ root }: Dag): string => formatCid(root);
const code = (name: string) => expect.objectContaining({ code: name });

describe('the CID of the evidence', () => {
  it('is that of a folder of the side files that there are, whatever the model is called', async () => {
    const model = modelOf({ a: 'a', 'model.sig': 's', 'model.manifest.jsonl': 'm', 'sub/model.sig': 'no side file' });
    const evidence = text((await evidenceDag(model)) as Dag);
    expect(evidence).toBe(await folderOf({ 'model.sig': 's', 'model.manifest.jsonl': 'm' }));
    renameSync(model, `${model}2`);
    expect(text((await evidenceDag(`${model}2`)) as Dag)).toBe(evidence);
  });

  it('of a single file has the names that lie beside it', async () => {
    const model = modelOf({ 'm.bin': 'm', 'm.bin.sig': 's', 'model.sig': 'of the folder' });
    expect(text((await evidenceDag(path.join(model, 'm.bin'))) as Dag)).toBe(await folderOf({ 'm.bin.sig': 's' }));
  });

  it('takes those that lie beside the folder, under the names that they would have in it', async () => {
    const model = modelOf({ a: 'a', 'model.sig': 's' });
    writeFileSync(`${model}.attestations.jsonl`, 'beside');
    const one = { 'model.sig': 's', 'model.attestations.jsonl': 'beside' };
    expect(text((await evidenceDag(model)) as Dag)).toBe(await folderOf(one));
    writeFiles(model, { 'model.attestations.jsonl': 'inside' });
    const both = { 'model.sig': 's', 'model.attestations.jsonl': 'inside', 'beside.attestations.jsonl': 'beside' };
    expect(text((await evidenceDag(model)) as Dag)).toBe(await folderOf(both));
  });

  it('is not there where no side file is', async () => {
    expect(await evidenceDag(modelOf({ a: 'a', 'sub/model.sig': 's' }))).toBeUndefined();
  });

  it('is not had where a side file beside the model is a link', async () => {
    const model = modelOf({ 'm.bin': 'm' });
    symlinkSync('/etc/passwd', path.join(model, 'm.bin.sig'));
    await expect(evidenceDag(path.join(model, 'm.bin'))).rejects.toThrow(code('SYMLINK_REFUSED'));
  });
});

describe('filesDag', () => {
  const source = Buffer.from('x');

  it('takes bytes and files, in any order', async () => {
    const file = path.join(writeFiles(tempDir(), { f: 'from a file' }), 'f');
    const dag = await filesDag([
      { path: 'b/c', source: { file } },
      { path: 'a', source },
    ]);
    expect(text(dag)).toBe(await folderOf({ a: 'x', 'b/c': 'from a file' }));
    expect(await blocksOf(dag)).toHaveLength(4);
  });

  it.each([
    ['/a', 'PATH_INVALID'],
    ['a/../b', 'PATH_INVALID'],
    ['', 'PATH_INVALID'],
    ['a//b', 'PATH_INVALID'],
  ])('refuses the path %j', async (at, expected) => {
    await expect(filesDag([{ path: at, source }])).rejects.toThrow(code(expected));
  });

  it.each([[['a', 'a']], [['a', 'a/b']], [['x/a', 'x/a-b', 'x/a/b']]])(
    'refuses a name that is there twice: %j',
    async (paths) => {
      await expect(filesDag(paths.map((at) => ({ path: at, source })))).rejects.toThrow(code('PATH_INVALID'));
    },
  );

  it('refuses what is no file', async () => {
    const dir = tempDir();
    const at = (name: string) => filesDag([{ path: 'a', source: { file: path.join(dir, name) } }]);
    mkdirSync(path.join(dir, 'folder'));
    symlinkSync('folder', path.join(dir, 'link'));
    await expect(at('absent')).rejects.toThrow(code('PATH_NOT_FOUND'));
    await expect(at('folder')).rejects.toThrow(code('NOT_A_REGULAR_FILE'));
    await expect(at('link')).rejects.toThrow(code('SYMLINK_REFUSED'));
  });
});
