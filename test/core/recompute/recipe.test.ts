import { describe, expect, it } from 'vitest';
import { chooseRecipe } from '../../../src/core/recompute/index.ts';

const parent = (share?: number) => ({ share, isAdapter: false });
const adapter = { share: undefined, isAdapter: true };
const two = [parent(), parent()];

describe('the recipe of a signed relation', () => {
  it.each([
    ['converted-from', [parent()], {}, { kind: 'convert' }],
    ['quantized-from', [parent()], { merge_method: 'linear' }, { kind: 'convert' }],
    ['merged-from', two, { merge_method: 'linear', weights: '0.6,0.4' }, { kind: 'linear', weights: [0.6, 0.4] }],
    ['merged-from', two, { weights: ' 1.5 , -5e-1 ' }, { kind: 'linear', weights: [1.5, -0.5] }],
    ['merged-from', [parent(250_000), parent(750_000)], {}, { kind: 'linear', weights: [0.25, 0.75] }],
    ['merged-from', two, { merge_method: 'slerp', t: '0.4' }, { kind: 'slerp', t: 0.4 }],
    ['merged-from', two, { t: '1' }, { kind: 'slerp', t: 1 }],
    ['merged-from', [parent(), adapter], {}, { kind: 'lora', adapter: 1 }],
    ['merged-from', [adapter, parent()], { merge_method: 'lora' }, { kind: 'lora', adapter: 0 }],
  ] as const)('%s of %o with %o', (relation, parents, parameters, recipe) => {
    expect(chooseRecipe(relation, parents, parameters)).toEqual(recipe);
  });
});

describe('what is not said is not decided', () => {
  it.each([
    ['two parents of a conversion', 'converted-from', two, {}, /one parent/],
    ['two parents of a quantisation', 'quantized-from', two, {}, /one parent/],
    ['a merge of one', 'merged-from', [parent()], { weights: '1' }, /2 to 64 parents/],
    ['a merge of very many', 'merged-from', Array.from({ length: 65 }, () => parent()), { weights: '1' }, /2 to 64/],
    ['no method', 'merged-from', two, {}, /does not say/],
    ['both a weight list and t', 'merged-from', two, { t: '0.5', weights: '0.5,0.5' }, /does not say/],
    ['another method', 'merged-from', two, { merge_method: 'ties', weights: '0.5,0.5' }, /"ties"/],
    ['an inherited name as method', 'merged-from', two, { merge_method: 'constructor' }, /"constructor"/],
    ['weights whose sum is not 1', 'merged-from', two, { weights: '0.6,0.5' }, /sum is 1/],
    ['shares whose sum is not 1', 'merged-from', [parent(600_000), parent(300_000)], {}, /sum is 1/],
    ['a share of one parent only', 'merged-from', [parent(1_000_000), parent()], {}, /share of each of 2/],
    ['shares and weights', 'merged-from', [parent(1), parent(999_999)], { weights: '0.5,0.5' }, /which of them/],
    ['three weights of two', 'merged-from', two, { weights: '0.3,0.3,0.4' }, /2 decimal weights/],
    ['a weight in hex', 'merged-from', two, { weights: '0x1,0' }, /2 decimal weights/],
    ['an empty weight', 'merged-from', two, { weights: '1,' }, /2 decimal weights/],
    ['an infinite weight', 'merged-from', two, { weights: 'Infinity,-Infinity' }, /2 decimal weights/],
    ['an overflowing weight', 'merged-from', two, { weights: `${'9'.repeat(20)}e99,0` }, /sum/],
    ['slerp of three', 'merged-from', [...two, parent()], { merge_method: 'slerp', t: '0.5' }, /2 parents/],
    ['slerp without t', 'merged-from', two, { merge_method: 'slerp' }, /t from 0 to 1/],
    ['t beyond 1', 'merged-from', two, { t: '1.01' }, /t from 0 to 1/],
    ['t that is no number', 'merged-from', two, { t: 'half' }, /t from 0 to 1/],
    ['two adapters', 'merged-from', [adapter, adapter], {}, /2 of them adapters/],
    ['lora without an adapter', 'merged-from', two, { merge_method: 'lora' }, /0 of them adapters/],
  ] as const)('%s', (_, relation, parents, parameters, why) => {
    const recipe = chooseRecipe(relation, parents, parameters);

    expect('undecided' in recipe ? recipe.undecided : recipe).toMatch(why);
  });
});
