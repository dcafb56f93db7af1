import { describe, expect, it } from 'vitest';
import { StemmaError } from '../../../../src/core/errors/index.ts';
import {
  changedTensors,
  describeModel,
  describeTensors,
  diffModels,
  diffTensors,
  type ModelDescription,
  type ModelDifference,
} from '../../../../src/core/model/index.ts';
import { digest, type Files, gguf, indexOf, modelOf, safetensors, type TestTensor, tensorsNamed } from '../support.ts';

const described = async (files: Files, settings = {}): Promise<ModelDescription> =>
  describeModel(await digest(modelOf(files), settings));

async function diff(before: Files, after: Files): Promise<ModelDifference> {
  return diffModels(await described(before), await described(after));
}

const M = 'model.safetensors';
const weights = (tensors: Readonly<Record<string, TestTensor>>): Files => ({ [M]: safetensors(tensors) });
const base = { a: { data: 'aaaa' }, b: { data: 'bb' } };

describe('files', () => {
  it('equal models are the same, and not "only metadata"', async () => {
    const same = await diff({ ...weights(base), x: '1' }, { ...weights(base), x: '1' });
    expect(same).toMatchObject({ same: true, files: [], onlyMetadata: false, unchangedShare: 1_000_000 });
    expect(same.tensorSets).toEqual([{ before: M, after: M, pairedBy: 'path', unchangedTensors: 2, tensors: [] }]);
  });

  it('are added, removed, changed, renamed, by path', async () => {
    const { files, same } = await diff({ a: '1', b: '2', c: '3', d: '4' }, { a: '1', b: 'x', e: '4', f: '5' });
    expect(same).toBe(false);
    expect(files).toEqual([
      { path: 'b', change: 'changed' },
      { path: 'c', change: 'removed' },
      { path: 'e', change: 'renamed', from: 'd' },
      { path: 'f', change: 'added' },
    ]);
  });

  it('two files of equal bytes that swap nothing but one name are one rename each', async () => {
    const { files } = await diff({ a: 'x', b: 'x' }, { c: 'x', d: 'x', e: 'x' });
    expect(files).toEqual([
      { path: 'c', change: 'renamed', from: 'a' },
      { path: 'd', change: 'renamed', from: 'b' },
      { path: 'e', change: 'added' },
    ]);
  });

  it('an empty file that appears is a difference', async () => {
    expect((await diff({ a: '1' }, { a: '1', b: '' })).files).toEqual([{ path: 'b', change: 'added' }]);
  });
});

describe('tensors', () => {
  it('are added, removed, changed, retyped; the share counts parameters', async () => {
    const { tensorSets, parameters, unchangedShare, onlyMetadata } = await diff(
      weights({ ...base, c: { data: 'cccc' }, d: { data: 'dddd' }, gone: { data: 'g' } }),
      weights({ ...base, c: { data: 'cccx' }, d: { dtype: 'F16', shape: [2], data: 'dddd' }, neu: { data: 'nn' } }),
    );
    const u8 = (n: number) => ({ dtype: 'U8', shape: [n] });
    expect(tensorSets[0]?.tensors).toEqual([
      { name: 'c', change: 'changed', before: u8(4), after: u8(4) },
      { name: 'd', change: 'retyped', before: u8(4), after: { dtype: 'F16', shape: [2] } },
      { name: 'gone', change: 'removed', before: u8(1) },
      { name: 'neu', change: 'added', after: u8(2) },
    ]);
    expect(tensorSets[0]?.unchangedTensors).toBe(2);
    expect(parameters).toEqual({ before: 15, after: 14, unchanged: 6 });
    expect(unchangedShare).toBe(428_571);
    expect(onlyMetadata).toBe(false);
  });

  it('the same bytes in another shape are retyped', async () => {
    const { tensorSets } = await diff(
      weights({ a: { data: 'aaaa' } }),
      weights({ a: { shape: [2, 2], data: 'aaaa' } }),
    );
    expect(tensorSets[0]?.tensors.map(({ change }) => change)).toEqual(['retyped']);
  });

  it('two lists are merged in the order of UTF-8 bytes', () => {
    const tensor = (name: string) => ({ name, dtype: 'U8', shape: [1], length: 1, parameters: 1, file: '', root: 'r' });
    const before = ['Z', '\uffee', '\u{10000}'].map(tensor);
    const after = ['\uffee', '\u{10001}'].map(tensor);
    expect(diffTensors(before, after).map(({ name, change }) => [name, change])).toEqual([
      ['Z', 'removed'],
      ['\u{10000}', 'removed'],
      ['\u{10001}', 'added'],
    ]);
    expect(changedTensors(before, before)).toEqual([]);
    expect(changedTensors([], after)).toEqual(['\uffee', '\u{10001}']);
  });
});

describe('tensor sets', () => {
  const sharded: Files = {
    'one.safetensors': safetensors({ a: base.a }),
    'two.safetensors': safetensors({ b: base.b }),
    'model.safetensors.index.json': indexOf({ a: 'one.safetensors', b: 'two.safetensors' }),
  };

  it('that were re-sharded are paired by root', async () => {
    const { tensorSets, onlyMetadata } = await diff(weights(base), sharded);
    expect(tensorSets).toEqual([
      { before: M, after: 'model.safetensors.index.json', pairedBy: 'root', unchangedTensors: 2, tensors: [] },
    ]);
    expect(onlyMetadata).toBe(true);
  });

  it('that are the only ones left of their format are compared', async () => {
    const { tensorSets } = await diff(weights({ a: base.a, b: { data: 'xx' } }), sharded);
    expect(tensorSets.map(({ pairedBy, tensors }) => [pairedBy, tensors.map(({ name }) => name)])).toEqual([
      ['remainder', ['b']],
    ]);
  });

  it('of different formats are not paired', async () => {
    const { tensorSets, unchangedShare } = await diff(weights(base), { 'm.gguf': gguf({ a: [1] }) });
    expect(tensorSets.map(({ before, after, pairedBy }) => [before, after, pairedBy])).toEqual([
      [undefined, 'm.gguf', 'nothing'],
      [M, undefined, 'nothing'],
    ]);
    expect(unchangedShare).toBe(0);
  });

  it('without any there is no share', async () => {
    expect(await diff({ a: '1' }, { a: '2' })).not.toHaveProperty('unchangedShare');
  });

  it('hashed by different functions cannot be compared', async () => {
    const a = await described(weights(base));
    const b = await described(weights(base), { segmentHash: 'sha256' });
    expect(() => diffModels(a, b)).toThrow(StemmaError);
  });
});

describe('only metadata', () => {
  const model = { ...weights(base), 'tokenizer.json': '{}', 'chat_template.jinja': 'x', 'modeling.py': 'x' };

  it.each<[string, Files]>([
    ['the tokenizer', { 'tokenizer.json': '{"a":1}' }],
    ['the chat template', { 'chat_template.jinja': '{{ evil }}' }],
    ['a new card', { 'README.md': 'x' }],
    ["the header's metadata", { [M]: safetensors(base, { format: 'pt' }) }],
  ])('%s', async (_, change) => {
    const result = await diff(model, { ...model, ...change });
    expect(result).toMatchObject({ same: false, onlyMetadata: true, unchangedShare: 1_000_000 });
  });

  it.each<[string, Files]>([
    ['code', { 'modeling.py': 'y' }],
    ['a pickle', { 'pytorch_model.bin': 'x' }],
    ['a tensor', { [M]: safetensors({ ...base, b: { data: 'bc' } }) }],
    ['a second set', { 'adapter.safetensors': tensorsNamed('l') }],
    ['a tensor and the tokenizer', { [M]: safetensors({ a: base.a }), 'tokenizer.json': '[]' }],
  ])('is not said when %s differs', async (_, change) => {
    expect((await diff(model, { ...model, ...change })).onlyMetadata).toBe(false);
  });

  it('is not said of a model without tensors', async () => {
    expect((await diff({ 'a.json': '1' }, { 'a.json': '2' })).onlyMetadata).toBe(false);
  });
});

describe('the tensors of one file', () => {
  it('are those of its set, so that a changed file names them', async () => {
    const before = await digest(modelOf(weights(base)));
    const after = await digest(modelOf(weights({ ...base, b: { data: 'bx' } })));
    const tensorsOf = (model: typeof before) =>
      [...model.plan.files].flatMap((plan, i) =>
        describeTensors(plan, 'blake3', model.files.at(i)?.segments[0] ?? new Uint8Array()),
      );
    expect(tensorsOf(before)).toEqual(describeModel(before).tensorSets[0]?.tensors);
    expect(changedTensors(tensorsOf(before), tensorsOf(after))).toEqual(['b']);
  });

  it('of a plain file are none', async () => {
    const { plan } = await digest(modelOf({ a: 'x' }));
    expect([...plan.files].flatMap((file) => describeTensors(file, 'blake3', new Uint8Array(32)))).toEqual([]);
  });
});
