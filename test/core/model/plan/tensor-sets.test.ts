import { describe, expect, it } from 'vitest';
import {
  digest,
  expectCode,
  type Files,
  gguf,
  indexOf,
  modelOf,
  planOf,
  safetensors,
  tensorsNamed,
} from '../support.ts';

const INDEX = 'model.safetensors.index.json';

describe('an index and its shards', () => {
  const shards = { 'one.safetensors': tensorsNamed('a', 'c'), 'two.safetensors': tensorsNamed('b') };
  const index = indexOf({ a: 'one.safetensors', b: 'two.safetensors', c: 'one.safetensors' }, 3);

  it('are one set; every other container is a set of its own', async () => {
    const plan = await planOf(
      modelOf({ ...shards, [INDEX]: index, 'x.safetensors': tensorsNamed('a'), 'y.gguf': gguf({ w: [1] }) }),
    );
    expect(plan.problems).toEqual([]);
    expect(plan.findings).toEqual([]);
    const sets = plan.tensorSets.map(({ path, tensors }) => [path, tensors.map(({ tensor }) => tensor.name)]);
    expect(sets).toEqual([
      [INDEX, ['a', 'b', 'c']],
      ['x.safetensors', ['a']],
      ['y.gguf', ['w']],
    ]);
  });

  it('shards are named relative to the folder of the index', async () => {
    const plan = await planOf(
      modelOf({
        'sub/one.safetensors': shards['one.safetensors'],
        'sub/two.safetensors': shards['two.safetensors'],
        [`sub/${INDEX}`]: index,
      }),
    );
    expect(plan.problems).toEqual([]);
    expect(plan.tensorSets.map(({ path, files }) => [path, files])).toEqual([[`sub/${INDEX}`, [1, 2]]]);
  });

  it('the root of the set does not depend on how it is sharded', async () => {
    const tensors = { a: { data: Uint8Array.of(0) }, b: { data: Uint8Array.of(0) }, c: { data: Uint8Array.of(1) } };
    const whole = await digest(modelOf({ 'model.safetensors': safetensors(tensors) }));
    const sharded = await digest(modelOf({ ...shards, [INDEX]: index }));
    expect(sharded.trees.tensorSets[0]?.root).toBe(whole.trees.tensorSets[0]?.root);
    expect(sharded.trees.fileTree.root).not.toBe(whole.trees.fileTree.root);
  });

  it.each<[string, Files]>([
    ['an absent shard', { 'one.safetensors': shards['one.safetensors'], [INDEX]: index }],
    [
      'a tensor that no shard has',
      { ...shards, [INDEX]: indexOf({ a: 'one.safetensors', b: 'two.safetensors', d: 'one.safetensors' }) },
    ],
    ['a shard outside the model', { ...shards, [INDEX]: indexOf({ a: '../one.safetensors' }) }],
    ['an absolute shard', { ...shards, [INDEX]: indexOf({ a: '/etc/passwd' }) }],
    ['a shard that is no safetensors file', { ...shards, 'x.bin': 'x', [INDEX]: indexOf({ a: 'x.bin' }) }],
    [
      'a name in two shards',
      {
        ...shards,
        'three.safetensors': tensorsNamed('a'),
        [INDEX]: indexOf({ a: 'one.safetensors', b: 'three.safetensors' }),
      },
    ],
    [
      'a shard in two indexes',
      { ...shards, [INDEX]: index, 'other.safetensors.index.json': indexOf({ b: 'two.safetensors' }) },
    ],
    ['no weight map', { ...shards, [INDEX]: '{}' }],
    ['no JSON', { ...shards, [INDEX]: '{"weight_map":' }],
    ['a tensor listed twice', { ...shards, [INDEX]: '{"weight_map":{"b":"two.safetensors","b":"one.safetensors"}}' }],
    ['itself as the shard', { [INDEX]: indexOf({ a: INDEX }) }],
  ])('%s is malformed', async (_, files) => {
    const dir = modelOf(files);
    const plan = await planOf(dir);
    expect(plan.problems.map(({ error, blocks }) => [error.code, blocks])).toContainEqual([
      'SAFETENSORS_INDEX_INVALID',
      'always',
    ]);
    await expectCode(digest(dir), 'SAFETENSORS_INDEX_INVALID');
  });

  it('a shard that was ignored is absent', async () => {
    await expectCode(
      digest(modelOf({ ...shards, [INDEX]: index }), { ignored: ['two.safetensors'] }),
      'SAFETENSORS_INDEX_INVALID',
    );
  });

  it.each<[string, string, RegExp]>([
    ['an omitted tensor', indexOf({ a: 'one.safetensors', b: 'two.safetensors' }), /omits the tensor "c"/],
    [
      'a tensor placed elsewhere',
      indexOf({ a: 'two.safetensors', b: 'two.safetensors', c: 'one.safetensors' }),
      /places the tensor "a" in another shard/,
    ],
    [
      'a wrong total',
      indexOf({ a: 'one.safetensors', b: 'two.safetensors', c: 'one.safetensors' }, 4),
      /says 4 bytes of tensors; the headers say 3/,
    ],
  ])('%s is a finding, and the set is that of the headers', async (_, json, message) => {
    const plan = await planOf(modelOf({ ...shards, [INDEX]: json }));
    expect(plan.problems).toEqual([]);
    expect(plan.findings.map(({ path, kind }) => [path, kind])).toEqual([[INDEX, 'index-mismatch']]);
    expect(plan.findings[0]?.message).toMatch(message);
    expect(plan.tensorSets[0]?.tensors.map(({ tensor }) => tensor.name)).toEqual(['a', 'b', 'c']);
  });

  it('with an opaque shard is not made, nor are sets of its other shards', async () => {
    const { trees, plan } = await digest(modelOf({ ...shards, [INDEX]: index }), { opaque: ['two.safetensors'] });
    expect(trees.tensorSets).toEqual([]);
    expect(plan.files.map(({ opaque }) => opaque)).toEqual([false, false, true]);
  });

  it('an opaque index is no index: its shards stand alone', async () => {
    const { trees } = await digest(modelOf({ ...shards, [INDEX]: '{}' }), { opaque: [INDEX] });
    expect(trees.tensorSets.map(({ path }) => path)).toEqual(['one.safetensors', 'two.safetensors']);
  });

  it('an unreadable shard has one problem, its own', async () => {
    const plan = await planOf(
      modelOf({ 'one.safetensors': shards['one.safetensors'], 'two.safetensors': 'junk', [INDEX]: index }),
    );
    expect(plan.problems.map(({ path, error }) => [path, error.code])).toEqual([
      ['two.safetensors', 'SAFETENSORS_INVALID'],
    ]);
    expect(plan.tensorSets).toEqual([]);
  });

  it('tensor names sort by UTF-8 bytes, not by UTF-16', async () => {
    const plan = await planOf(modelOf({ 'm.safetensors': tensorsNamed('\u{10000}', '\uffee', 'z', 'Z') }));
    expect(plan.tensorSets[0]?.tensors.map(({ tensor }) => tensor.name)).toEqual(['Z', 'z', '\uffee', '\u{10000}']);
  });
});
