import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { indexOf, safetensors, tempDir } from '../model/support.ts';
import { f32, f64, modelWith, onlyUnequal, rebuild, weightsAt, weightsIn, words } from './support.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../../fixtures/digits');
const digits = (name: string) => weightsAt(path.join(DIGITS, name));

describe('the family of fixtures/digits', () => {
  it.each([
    ['resharded', 'finetuned', 6],
    ['fp16', 'finetuned', 6],
    ['merged-gguf', 'merged', 6],
    ['gguf', 'finetuned', 6],
  ])('%s is rebuilt from %s, every tensor exact', async (child, parent, tensors) => {
    expect(await rebuild(await digits(child), [await digits(parent)])).toEqual({
      outcome: 'exact',
      tensors,
      exact: tensors,
      unequal: [],
      renamed: 0,
      missing: [],
    });
  });

  it.each(['base', 'finetuned-upright', 'merged'])('does not take %s for the parent of fp16', async (parent) => {
    const { outcome, exact } = await rebuild(await digits('fp16'), [await digits(parent)]);

    expect({ outcome, exact }).toEqual({ outcome: 'different', exact: 0 });
  });

  it('names the one block of a GGUF whose code was flipped', async () => {
    const file = path.join(tempDir(), 'model.gguf');
    const bytes = readFileSync(path.join(DIGITS, 'merged-gguf/digits-merged.gguf'));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100);
    writeFileSync(file, bytes);
    const result = await rebuild(await weightsAt(file), [await digits('merged')]);

    expect(result).toMatchObject({ outcome: 'different', exact: 5 });
    expect(onlyUnequal(result).errors?.differing).toBe(1);
  });
});

const PARENT = { a: f32([1, 2, 3, 4], [2, 2]), b: f32([5, 6]) };

describe('a tensor that is not the parent’s', () => {
  it('is named, with the index and both values of the one weight that was flipped', async () => {
    const child = await modelWith({ ...PARENT, a: f32([1, 2, -3, 4], [2, 2]) });
    const result = await rebuild(child, [await modelWith(PARENT)]);

    expect(result).toMatchObject({ outcome: 'different', tensors: 2, exact: 1 });
    expect(onlyUnequal(result)).toEqual({
      tensor: 'a',
      dtype: 'F32',
      outcome: 'different',
      errors: { differing: 1, worst: { index: 2, expected: 3, found: -3 }, largest: 6, mean: 1.5 },
    });
  });

  it('is found behind the first piece, and its last element is counted', async () => {
    const values = Float32Array.from({ length: 300_001 }, (_, i) => i);
    const parent = await modelWith({ a: f32([...values]) });
    values[300_000] = 0;
    values[200_000] = 200_001;

    expect(onlyUnequal(await rebuild(await modelWith({ a: f32([...values]) }), [parent])).errors).toMatchObject({
      differing: 2,
      worst: { index: 300_000, expected: 300_000, found: 0 },
    });
  });

  it.each([
    ['has another shape', { ...PARENT, a: f32([1, 2, 3, 4], [4]) }, /shape is \[4\]/],
    ['has another dtype that is not computed', { ...PARENT, b: { shape: [2], data: '12' } }, /not computed/],
    ['is one more than the parent has', { ...PARENT, c: f32([1, 2, 3]) }, /has no such tensor/],
  ])('%s', async (_, tensors, why) => {
    const result = await rebuild(await modelWith(tensors), [await modelWith(PARENT)]);

    expect(result.exact).toBe(tensors.b === PARENT.b && tensors.a === PARENT.a ? 2 : 1);
    expect(onlyUnequal(result).why).toMatch(why);
  });

  it('differs in bytes that are not computed with', async () => {
    const [child, parent] = [await modelWith({ a: { data: 'abcd' } }), await modelWith({ a: { data: 'abXd' } })];

    expect(onlyUnequal(await rebuild(child, [parent]))).toMatchObject({
      outcome: 'different',
      why: 'its data differs at byte 2',
    });
  });

  it.each([
    ['minus zero for zero', 0, -0],
    ['NaN for a number', 1, Number.NaN],
    ['a number for infinity', Number.POSITIVE_INFINITY, 1],
  ])('has %s', async (_, before, after) => {
    const child = await modelWith({ a: f32([after]) });

    expect((await rebuild(child, [await modelWith({ a: f32([before]) })])).outcome).toBe('different');
  });
});

describe('a tensor that is left out', () => {
  it('makes the child different, and is named', async () => {
    const { outcome, missing, exact } = await rebuild(await modelWith({ a: PARENT.a }), [await modelWith(PARENT)]);

    expect({ outcome, missing, exact }).toEqual({ outcome: 'different', missing: ['b'], exact: 1 });
  });
});

describe('a re-shard', () => {
  it('is the same tensors in other files', async () => {
    const child = await weightsIn({
      'model-00001-of-00002.safetensors': safetensors({ a: PARENT.a }),
      'model-00002-of-00002.safetensors': safetensors({ b: PARENT.b }),
      'model.safetensors.index.json': indexOf({
        a: 'model-00001-of-00002.safetensors',
        b: 'model-00002-of-00002.safetensors',
      }),
    });

    expect(await rebuild(child, [await modelWith(PARENT)])).toMatchObject({ outcome: 'exact', exact: 2 });
  });
});

describe('a renamed tensor', () => {
  it('is found by its bytes', async () => {
    const child = await modelWith({ x: PARENT.b, a: PARENT.a });

    expect(await rebuild(child, [await modelWith(PARENT)])).toMatchObject({ outcome: 'exact', exact: 2, renamed: 1 });
  });

  it('is found where it was converted as well', async () => {
    const child = await modelWith({ x: words('F16', [0x4500, 0x4600]), a: PARENT.a });

    expect(await rebuild(child, [await modelWith(PARENT)])).toMatchObject({ outcome: 'exact', exact: 2, renamed: 1 });
  });

  it('is different where one weight was flipped', async () => {
    const child = await modelWith({ x: f32([5, 7]), a: PARENT.a });
    const result = await rebuild(child, [await modelWith(PARENT)]);

    expect(result).toMatchObject({ outcome: 'different', exact: 1, renamed: 0, missing: ['b'] });
  });

  it('is not decided where it was converted and its first values differ', async () => {
    const child = await modelWith({ x: words('F16', [0x4500, 0x4601]), a: PARENT.a });
    const result = await rebuild(child, [await modelWith(PARENT)]);

    expect(result).toMatchObject({ outcome: 'undecided', exact: 1, renamed: 0, missing: [] });
    expect(onlyUnequal(result).why).toMatch(/begins with these values/);
  });

  it('takes one of several equal ones each, and no more than there are', async () => {
    const twice = { b1: PARENT.b, b2: PARENT.b };
    const child = await modelWith({ x: PARENT.b, y: PARENT.b, z: PARENT.b });

    expect(await rebuild(child, [await modelWith(twice)])).toMatchObject({
      outcome: 'different',
      renamed: 2,
      exact: 2,
      unequal: [{ tensor: 'z' }],
    });
  });
});

describe('a cast', () => {
  const values = [1, 1 + 2 ** -11, 65_520, -(2 ** -25), 0.1];

  it.each([
    ['F64 to F32', f64(values), f32(values)],
    ['F32 to F64', f32(values), f64([...Float32Array.from(values)])],
    ['F32 to F16', f32(values), words('F16', [0x3c00, 0x3c00, 0x7c00, 0x8000, 0x2e66])],
    ['F32 to BF16', f32(values), words('BF16', [0x3f80, 0x3f80, 0x4780, 0xb300, 0x3dcd])],
    ['BF16 to F32', words('BF16', [0x3dcd, 0xff80]), f32([0.10009765625, Number.NEGATIVE_INFINITY])],
    ['F16 to BF16', words('F16', [0x2e66]), words('BF16', [0x3dcd])],
  ])('%s is exact', async (_, before, after) => {
    expect((await rebuild(await modelWith({ a: after }), [await modelWith({ a: before })])).outcome).toBe('exact');
  });

  it('that truncates instead of rounding is different', async () => {
    const child = await modelWith({ a: words('BF16', [0x3dcc]) });

    expect(onlyUnequal(await rebuild(child, [await modelWith({ a: f32([0.1]) })]))).toMatchObject({
      outcome: 'different',
      errors: { differing: 1, worst: { index: 0 } },
    });
  });

  it('of a NaN whose bits another program writes otherwise is close', async () => {
    const child = await modelWith({ a: words('F16', [0x7e01]) });

    expect(onlyUnequal(await rebuild(child, [await modelWith({ a: f32([Number.NaN]) })]))).toMatchObject({
      outcome: 'close',
      why: expect.stringMatching(/NaN/),
    });
  });

  it('to a dtype whose rounding is not known here is not decided', async () => {
    const child = await modelWith({ a: { dtype: 'F8_E4M3', shape: [1], data: Uint8Array.of(0x38) } });

    expect(onlyUnequal(await rebuild(child, [await modelWith({ a: f32([1]) })]))).toMatchObject({
      outcome: 'undecided',
      why: 'values of type "F8_E4M3" are not computed',
    });
  });
});
