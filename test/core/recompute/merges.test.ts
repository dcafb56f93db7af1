import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../src/core/recompute/index.ts';
import { f32, f64, modelWith, onlyUnequal, rebuild, weightsAt, words } from './support.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../../fixtures/digits');
const digits = (name: string) => weightsAt(path.join(DIGITS, name));
const linear = (...weights: readonly number[]): Recipe => ({ kind: 'linear', weights });
const slerp = (t: number): Recipe => ({ kind: 'slerp', t });

describe('the merges of fixtures/digits', () => {
  it.each<readonly [string, Recipe]>([
    ['merged', linear(0.6, 0.4)],
    ['merged-slerp', slerp(0.4)],
  ])('%s is rebuilt, every tensor exact', async (child, recipe) => {
    const parents = [await digits('finetuned'), await digits('finetuned-upright')];

    expect(await rebuild(await digits(child), parents, recipe)).toMatchObject({ outcome: 'exact', exact: 6 });
  });

  it.each<readonly [string, Recipe]>([
    ['merged', linear(0.4, 0.6)],
    ['merged', linear(0.600001, 0.399999)],
    ['merged', slerp(0.4)],
    ['merged-slerp', slerp(0.401)],
    ['merged-slerp', linear(0.6, 0.4)],
  ])('%s is not what another recipe gives: %o', async (child, recipe) => {
    const parents = [await digits('finetuned'), await digits('finetuned-upright')];

    expect((await rebuild(await digits(child), parents, recipe)).outcome).toBe('different');
  });

  it('is not what the parents in another order give', async () => {
    const parents = [await digits('finetuned-upright'), await digits('finetuned')];

    expect((await rebuild(await digits('merged'), parents, linear(0.6, 0.4))).outcome).toBe('different');
  });
});

describe('a linear merge', () => {
  const parents = () => Promise.all([modelWith({ a: f32([1, 0.1, 3]) }), modelWith({ a: f32([2, 0.3, -3]) })]);

  it('in which the products were not rounded is close, with the errors', async () => {
    const [x, y] = [Math.fround(0.1), Math.fround(0.3)];
    const found = Math.fround(x * Math.fround(0.3) + y * Math.fround(0.7)) - 2 ** -26;
    const child = await modelWith({ a: f32([1.7, found, -1.2]) });
    const result = await rebuild(child, await parents(), linear(0.3, 0.7));

    expect(onlyUnequal(result)).toMatchObject({ outcome: 'close' });
    expect(onlyUnequal(result).errors?.largest).toBeLessThan(2 ** -20);
  });

  it('rounded to a narrower dtype is exact', async () => {
    const child = await modelWith({ a: words('BF16', [0x3fc0, 0x3e4d, 0x0000]) });

    expect((await rebuild(child, await parents(), linear(0.5, 0.5))).outcome).toBe('exact');
  });

  it('of which one weight was moved by little is different, and names it', async () => {
    const child = await modelWith({ a: f32([1.5, 0.2, 0.0001]) });

    expect(onlyUnequal(await rebuild(child, await parents(), linear(0.5, 0.5)))).toMatchObject({
      tensor: 'a',
      outcome: 'different',
      errors: { worst: { index: 2, expected: 0 } },
    });
  });

  it('with a parent of another shape is different', async () => {
    const [first] = await parents();
    const child = await modelWith({ a: f32([1, 1, 1]) });
    const result = await rebuild(child, [first, await modelWith({ a: f32([1, 1, 1], [3, 1]) })], linear(0.5, 0.5));

    expect(onlyUnequal(result)).toMatchObject({ outcome: 'different', why: expect.stringMatching(/\[3,1\]/) });
  });

  it('with a parent that lacks a tensor is different', async () => {
    const [first] = await parents();
    const result = await rebuild(first, [first, await modelWith({ b: f32([1]) })], linear(0.5, 0.5));

    expect(result).toMatchObject({ outcome: 'different', missing: ['b'], unequal: [{ tensor: 'a' }] });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('with a weight of %d in a parent is not exact', async (odd) => {
    const [first] = await parents();
    const result = await rebuild(first, [first, await modelWith({ a: f32([1, odd, 3]) })], linear(0.5, 0.5));

    expect(result.outcome).toBe('different');
  });

  it('of quantised parents is not decided', async () => {
    const quantised = await digits('merged-gguf');

    expect((await rebuild(quantised, [quantised, quantised], linear(0.5, 0.5))).outcome).toBe('undecided');
  });

  it('of binary64 tensors is computed in binary32, so at best close', async () => {
    const [x, y] = [await modelWith({ a: f64([0.1]) }), await modelWith({ a: f64([0.3]) })];
    const { outcome } = await rebuild(await modelWith({ a: f64([0.2]) }), [x, y], linear(0.5, 0.5));

    expect(outcome).toBe('close');
  });
});

describe('a spherical merge', () => {
  it.each([
    ['one parent is zero', [0, 0], [1, 2]],
    ['one parent is not finite', [1, Number.POSITIVE_INFINITY], [1, 2]],
    ['one parent has a NaN', [Number.NaN, 1], [1, 2]],
  ])('is not decided where %s', async (_, first, second) => {
    const parents = [await modelWith({ a: f32(first) }), await modelWith({ a: f32(second) })];

    expect(onlyUnequal(await rebuild(await modelWith({ a: f32([1, 1]) }), parents, slerp(0.5)))).toMatchObject({
      outcome: 'undecided',
      why: expect.stringMatching(/no angle/),
    });
  });

  it('is straight where the two are parallel', async () => {
    const parents = [await modelWith({ a: f32([1, 2]) }), await modelWith({ a: f32([3, 6]) })];

    expect((await rebuild(await modelWith({ a: f32([1.5, 3]) }), parents, slerp(0.25))).outcome).toBe('exact');
  });

  it('of orthogonal parents keeps their length', async () => {
    const parents = [await modelWith({ a: f32([1, 0]) }), await modelWith({ a: f32([0, 1]) })];
    const child = await modelWith({ a: f32([Math.SQRT1_2, Math.SQRT1_2]) });

    expect((await rebuild(child, parents, slerp(0.5))).outcome).not.toBe('different');
    expect((await rebuild(await modelWith({ a: f32([0.5, 0.5]) }), parents, slerp(0.5))).outcome).toBe('different');
  });
});
