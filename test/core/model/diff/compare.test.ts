import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CompareOptions, compareModels, type ModelDifference } from '../../../../src/core/model/index.ts';
import { textOf } from '../manifest/manifest-support.ts';
import {
  digest,
  expectCode,
  type Files,
  indexOf,
  modelOf,
  safetensors,
  tempDir,
  tensorsNamed,
  writeFiles,
} from '../support.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../../../fixtures/digits');
const M = 'model.safetensors';
const MODEL: Files = { [M]: safetensors({ a: { data: 'aaaa' }, b: { data: 'bb' } }), 'config.json': '{}' };

const compare = (before: string, after: string, options: Partial<CompareOptions> = {}): Promise<ModelDifference> =>
  compareModels(before, after, { ignore: [], opaque: [], allowSymlinks: false, ...options });

/** Writes the manifest of a model and returns its path. */
async function manifestOf(files: Files, settings: Parameters<typeof digest>[1] = {}): Promise<string> {
  const dir = writeFiles(tempDir(), { 'm.manifest.jsonl': textOf(await digest(modelOf(files), settings)) });
  return path.join(dir, 'm.manifest.jsonl');
}

describe('two models', () => {
  it('give the mirror image the other way round', async () => {
    const [before, after] = [modelOf({ ...MODEL, x: '1' }), modelOf({ ...MODEL, y: '2', z: '1' })];
    expect((await compare(before, after)).files).toEqual([
      { path: 'y', change: 'added' },
      { path: 'z', change: 'renamed', from: 'x' },
    ]);
    expect((await compare(after, before)).files).toEqual([
      { path: 'x', change: 'renamed', from: 'z' },
      { path: 'y', change: 'removed' },
    ]);
  });

  it('may be a folder and a file of it', async () => {
    const { files, onlyMetadata, unchangedShare } = await compare(`${DIGITS}/base`, `${DIGITS}/base/${M}`);
    expect(files).toContainEqual({ path: '', change: 'renamed', from: M });
    expect([onlyMetadata, unchangedShare]).toEqual([true, 1_000_000]);
  });

  it('differ in every tensor after a cast', async () => {
    const { tensorSets, unchangedShare } = await compare(`${DIGITS}/finetuned`, `${DIGITS}/fp16`);
    expect(tensorSets[0]?.tensors.map(({ change }) => change)).toEqual(Array(6).fill('retyped'));
    expect(unchangedShare).toBe(0);
  });

  it('are compared without what is ignored, in both', async () => {
    const [before, after] = [modelOf({ ...MODEL, x: '1' }), modelOf({ ...MODEL, 'y/z': '2' })];
    expect((await compare(before, after, { ignore: ['x', 'y/'] })).same).toBe(true);
    expect((await compare(before, after, { ignore: ['x'] })).files).toEqual([{ path: 'y/z', change: 'added' }]);
  });

  it('may have containers that are taken as plain bytes', async () => {
    const [before, after] = [modelOf({ [M]: 'junk' }), modelOf({ [M]: 'trash' })];
    expect((await compare(before, after, { opaque: [M] })).files).toEqual([{ path: M, change: 'changed' }]);
    await expectCode(compare(before, after), 'SAFETENSORS_INVALID');
  });

  it.each<[string, Files, string]>([
    ['one is malformed', { [M]: 'junk' }, 'SAFETENSORS_INVALID'],
    ['one is empty', {}, 'MODEL_EMPTY'],
    [
      'an index names a shard that is absent',
      { 'model.safetensors.index.json': indexOf({ a: 's.safetensors' }) },
      'SAFETENSORS_INDEX_INVALID',
    ],
  ])('are not compared where %s, whichever it is', async (_, files, code) => {
    const bad = modelOf(files);
    for (const pair of [
      [bad, modelOf(MODEL)],
      [modelOf(MODEL), bad],
    ] as const)
      await expect(compare(...pair)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it('are not compared where one is not there', async () => {
    await expectCode(compare(modelOf(MODEL), `${tempDir()}/none`), 'PATH_NOT_FOUND');
    await expectCode(compare(`${tempDir()}/none`, modelOf(MODEL)), 'PATH_NOT_FOUND');
  });
});

describe('a manifest', () => {
  it('stands for the model that it lists, before or after', async () => {
    const [manifest, same, other] = [await manifestOf(MODEL), modelOf(MODEL), modelOf({ ...MODEL, x: '1' })];
    expect((await compare(manifest, same)).same).toBe(true);
    expect((await compare(same, manifest)).same).toBe(true);
    expect((await compare(manifest, manifest)).same).toBe(true);
    expect((await compare(manifest, other)).files).toEqual([{ path: 'x', change: 'added' }]);
    expect((await compare(other, manifest)).files).toEqual([{ path: 'x', change: 'removed' }]);
  });

  it('names the tensors that changed', async () => {
    const changed = modelOf({ ...MODEL, [M]: safetensors({ a: { data: 'aaax' }, b: { data: 'bb' } }) });
    const { tensorSets, parameters } = await compare(await manifestOf(MODEL), changed);
    expect(tensorSets.map(({ pairedBy, tensors }) => [pairedBy, tensors.map(({ name }) => name)])).toEqual([
      ['path', ['a']],
    ]);
    expect(parameters).toEqual({ before: 6, after: 6, unchanged: 2 });
  });

  it('decides the hash of the other model, whichever comes first', async () => {
    const [manifest, model] = [await manifestOf(MODEL, { segmentHash: 'sha256' }), modelOf(MODEL)];
    expect((await compare(manifest, model)).same).toBe(true);
    expect((await compare(model, manifest)).same).toBe(true);
    await expectCode(compare(manifest, model, { segmentHash: 'blake3' }), 'USAGE');
  });

  it('of another hash than that of a second manifest is refused', async () => {
    await expectCode(compare(await manifestOf(MODEL), await manifestOf(MODEL, { segmentHash: 'sha256' })), 'USAGE');
  });

  it('is read without what is ignored: files, and tensor sets that go whole', async () => {
    const files = { ...MODEL, 'adapter/a.safetensors': tensorsNamed('l'), x: '1' };
    const [manifest, model] = [await manifestOf(files), modelOf(files)];
    const without = { ignore: ['adapter', 'x'] };
    expect((await compare(manifest, modelOf(MODEL), without)).same).toBe(true);
    expect((await compare(manifest, model, without)).tensorSets.map(({ after }) => after)).toEqual([M]);
    expect((await compare(manifest, await manifestOf(MODEL), without)).same).toBe(true);
  });

  it('cannot leave out a part of a tensor set', async () => {
    const sharded = await manifestOf({
      's1.safetensors': tensorsNamed('a'),
      's2.safetensors': tensorsNamed('b'),
      'model.safetensors.index.json': indexOf({ a: 's1.safetensors', b: 's2.safetensors' }),
    });
    for (const ignore of [['s1.safetensors'], ['model.safetensors.index.json'], ['s1.safetensors', 's2.safetensors']])
      await expectCode(compare(sharded, modelOf(MODEL), { ignore }), 'USAGE');
  });

  it('that took a file as plain bytes is compared with a model that does so too', async () => {
    const files = { [M]: 'junk' };
    const manifest = await manifestOf(files, { opaque: [M] });
    expect((await compare(manifest, modelOf(files), { opaque: [M] })).same).toBe(true);
    await expectCode(compare(manifest, manifest, { opaque: [M] }), 'USAGE');
  });

  it.each<[string, string]>([
    ['cut short', '{"type":"stemma'],
    ['no JSON', 'hello\n'],
    ['empty', ''],
    ['another document', '{}\n'],
    ['not UTF-8', '\ud800\n'],
  ])('that is %s is refused', async (_, text) => {
    const dir = writeFiles(tempDir(), { 'x.manifest.jsonl': text });
    await expectCode(compare(`${dir}/x.manifest.jsonl`, modelOf(MODEL)), 'MANIFEST_INVALID');
  });

  it('whose lines contradict its header is refused', async () => {
    const lines = textOf(await digest(modelOf(MODEL))).split('\n');
    const dir = writeFiles(tempDir(), { 'x.manifest.jsonl': [lines[0], ...lines.slice(2)].join('\n') });
    await expectCode(compare(modelOf(MODEL), `${dir}/x.manifest.jsonl`), 'MANIFEST_INVALID');
  });

  it('that is not there, or a folder, is refused', async () => {
    const dir = tempDir();
    mkdirSync(`${dir}/folder.manifest.jsonl`);
    await expectCode(compare(`${dir}/none.manifest.jsonl`, modelOf(MODEL)), 'PATH_NOT_FOUND');
    await expectCode(compare(`${dir}/folder.manifest.jsonl`, modelOf(MODEL)), 'NOT_A_REGULAR_FILE');
  });
});
