import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Recipe, Weights } from '../../../src/core/recompute/index.ts';
import { safetensors, type TestTensor } from '../model/support.ts';
import { f32, modelWith, onlyUnequal, rebuild, weightsAt, weightsIn, words } from './support.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../../fixtures/digits');
const digits = (name: string) => weightsAt(path.join(DIGITS, name));
const LORA: Recipe = { kind: 'lora', adapter: 1 };

describe('the adapter of fixtures/digits', () => {
  it('merged into its base is rebuilt, every tensor exact', async () => {
    const parents = [await digits('base'), await digits('adapter')];

    expect(await rebuild(await digits('adapter-merged'), parents, LORA)).toMatchObject({ outcome: 'exact', exact: 6 });
  });

  it('is told from the base without it: the two tensors that it updates differ', async () => {
    const parents = [await digits('base'), await digits('adapter')];
    const { outcome, exact, unequal } = await rebuild(await digits('base'), parents, LORA);

    expect({ outcome, exact, tensors: unequal.map(({ tensor }) => tensor) }).toEqual({
      outcome: 'different',
      exact: 4,
      tensors: ['layers.0.weight', 'layers.1.weight'],
    });
  });

  it('merged into another base is different', async () => {
    const parents = [await digits('finetuned'), await digits('adapter')];

    expect((await rebuild(await digits('adapter-merged'), parents, LORA)).outcome).toBe('different');
  });

  it('may be named before its base', async () => {
    const parents = [await digits('adapter'), await digits('base')];
    const result = await rebuild(await digits('adapter-merged'), parents, { kind: 'lora', adapter: 0 });

    expect(result.outcome).toBe('exact');
  });
});

const BASE = { 'm.weight': f32([1, 2, 3, 4, 5, 6], [2, 3]), 'm.bias': f32([1, 1]) };
const A = f32([1, 0, 2], [1, 3]);
const B = f32([0.5, -1], [2, 1]);
const PLAIN = { peft_type: 'LORA', r: 1, lora_alpha: 2, bias: 'none' };
const FACTORS = { 'base_model.model.m.lora_A.weight': A, 'base_model.model.m.lora_B.weight': B };

const adapterOf = (config: unknown, tensors: Readonly<Record<string, TestTensor>> = FACTORS): Promise<Weights> =>
  weightsIn(
    {
      'adapter_config.json': typeof config === 'string' ? config : JSON.stringify(config),
      'adapter_model.safetensors': safetensors(tensors),
    },
    'adapter',
  );

/** The base with 2·B·A added. */
const MERGED = { ...BASE, 'm.weight': f32([2, 2, 5, 2, 5, 2], [2, 3]) };

const merge = async (
  config: unknown,
  tensors?: Readonly<Record<string, TestTensor>>,
  child: Readonly<Record<string, TestTensor>> = MERGED,
) => rebuild(await modelWith(child), [await modelWith(BASE, 'base'), await adapterOf(config, tensors)], LORA);

describe('a LoRA merge', () => {
  it('adds alpha / r times B·A', async () => {
    expect((await merge(PLAIN)).outcome).toBe('exact');
  });

  it('scales with the root of r under use_rslora', async () => {
    const tensors = {
      'base_model.model.m.lora_A.weight': f32(
        Array.from({ length: 12 }, (_, i) => (i < 3 ? ([1, 0, 2][i] ?? 0) : 0)),
        [4, 3],
      ),
      'base_model.model.m.lora_B.weight': f32([0.5, 0, 0, 0, -1, 0, 0, 0], [2, 4]),
    };

    expect((await merge({ ...PLAIN, r: 4, lora_alpha: 4, use_rslora: true }, tensors)).outcome).toBe('exact');
    expect((await merge({ ...PLAIN, r: 4, lora_alpha: 8 }, tensors)).outcome).toBe('exact');
    expect((await merge({ ...PLAIN, r: 4, lora_alpha: 4 }, tensors)).outcome).toBe('different');
  });

  it('with the wrong scale is different', async () => {
    const result = await merge({ ...PLAIN, lora_alpha: 1 });

    expect(onlyUnequal(result)).toMatchObject({ tensor: 'm.weight', outcome: 'different', errors: { differing: 4 } });
  });

  it('that touched what the adapter does not is different', async () => {
    const result = await merge(PLAIN, FACTORS, { ...MERGED, 'm.bias': f32([1, 1.5]) });

    expect(onlyUnequal(result)).toMatchObject({
      tensor: 'm.bias',
      outcome: 'different',
      errors: { worst: { index: 1, expected: 1, found: 1.5 } },
    });
  });

  it('of half-precision factors is computed', async () => {
    const tensors = {
      'base_model.model.m.lora_A.weight': words('F16', [0x3c00, 0, 0x4000], [1, 3]),
      'base_model.model.m.lora_B.weight': words('F16', [0x3800, 0xbc00], [2, 1]),
    };

    expect((await merge(PLAIN, tensors)).outcome).toBe('exact');
  });
});

describe('a configuration that could mean something else is not decided', () => {
  it.each([
    ['no JSON', '{', /not a JSON object/],
    ['an array', '[]', /not a JSON object/],
    ['a key twice', '{"r":1,"r":2,"peft_type":"LORA","lora_alpha":1}', /not a JSON object/],
    ['very deep', `${'['.repeat(100)}${']'.repeat(100)}`, /not a JSON object/],
    ['beyond a megabyte', ' '.repeat(2 ** 20) + JSON.stringify(PLAIN), /not a JSON object/],
    ['no peft_type', { r: 1, lora_alpha: 2 }, /no peft_type/],
    ['another method', { ...PLAIN, peft_type: 'LOHA' }, /peft_type/],
    ['no rank', { ...PLAIN, r: undefined }, /expected r from 1/],
    ['rank 0', { ...PLAIN, r: 0 }, /expected r from 1/],
    ['a huge rank', { ...PLAIN, r: 1e9 }, /expected r from 1/],
    ['half a rank', { ...PLAIN, r: 1.5 }, /expected r from 1/],
    ['a rank as text', { ...PLAIN, r: '1' }, /expected r from 1/],
    ['no alpha', { ...PLAIN, lora_alpha: null }, /lora_alpha/],
    ['DoRA', { ...PLAIN, use_dora: true }, /use_dora/],
    ['a transposed weight', { ...PLAIN, fan_in_fan_out: true }, /fan_in_fan_out/],
    ['trained biases', { ...PLAIN, bias: 'all' }, /bias/],
    ['whole modules', { ...PLAIN, modules_to_save: ['head'] }, /modules_to_save/],
    ['ranks of their own', { ...PLAIN, rank_pattern: { m: 8 } }, /rank_pattern/],
    ['scales of their own', { ...PLAIN, alpha_pattern: { m: 8 } }, /alpha_pattern/],
    ['rslora as text', { ...PLAIN, use_rslora: 'yes' }, /use_rslora/],
  ])('%s', async (_, config, why) => {
    expect(await merge(config)).toMatchObject({
      outcome: 'undecided',
      undecided: expect.stringMatching(why),
      exact: 0,
    });
  });

  it('none at all', async () => {
    const parents = [await modelWith(BASE), await modelWith(FACTORS)];

    expect(await rebuild(await modelWith(MERGED), parents, LORA)).toMatchObject({
      outcome: 'undecided',
      undecided: expect.stringMatching(/no adapter_config\.json/),
    });
  });
});

describe('factors that are no pair are not decided', () => {
  it.each<readonly [string, Record<string, TestTensor>, RegExp]>([
    ['A without B', { 'base_model.model.m.lora_A.weight': A }, /no lora_A or lora_B/],
    ['B without A', { 'base_model.model.m.lora_B.weight': B }, /no lora_A or lora_B/],
    ['something else beside', { ...FACTORS, 'base_model.model.m.lora_magnitude_vector': A }, /no lora_A or lora_B/],
    [
      'of a module that the base lacks',
      { 'base_model.model.x.lora_A.weight': A, 'base_model.model.x.lora_B.weight': B },
      /does not have/,
    ],
  ])('%s', async (_, tensors, why) => {
    expect(await merge(PLAIN, tensors)).toMatchObject({ outcome: 'undecided', undecided: expect.stringMatching(why) });
  });

  it.each<readonly [string, Record<string, TestTensor>]>([
    [
      'of another rank than the configuration says',
      { ...FACTORS, 'base_model.model.m.lora_A.weight': f32([1, 0, 2, 1, 1, 1], [2, 3]) },
    ],
    ['of another width than the base', { ...FACTORS, 'base_model.model.m.lora_A.weight': f32([1, 0], [1, 2]) }],
    [
      'transposed',
      {
        'base_model.model.m.lora_A.weight': f32([1, 0, 2], [3, 1]),
        'base_model.model.m.lora_B.weight': f32([0.5, -1], [1, 2]),
      },
    ],
    ['of two dtypes', { ...FACTORS, 'base_model.model.m.lora_B.weight': words('F16', [0x3800, 0xbc00], [2, 1]) }],
    [
      'of a dtype that is not computed',
      {
        'base_model.model.m.lora_A.weight': { dtype: 'U8', shape: [1, 3], data: 'abc' },
        'base_model.model.m.lora_B.weight': { dtype: 'U8', shape: [2, 1], data: 'ab' },
      },
    ],
  ])('%s', async (_, tensors) => {
    expect(onlyUnequal(await merge(PLAIN, tensors))).toMatchObject({ tensor: 'm.weight', outcome: 'undecided' });
  });
});
