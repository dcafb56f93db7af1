import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { recompute, type Weights } from '../../../src/core/recompute/index.ts';
import { safetensors, tempDir } from '../model/support.ts';
import { CONVERT, f32, modelWith, rebuild, weightsAt, weightsIn } from './support.ts';

const PARENT = { a: f32([1, 2, 3, 4], [2, 2]), b: f32([5, 6]) };

describe('what cannot be compared', () => {
  it.each([
    ['no tensors', { 'config.json': '{}' }, /no tensors/],
    ['a broken header', { 'model.safetensors': 'nonsense-nonsense' }, /model\.safetensors/],
    [
      'two sets with one name in one folder',
      { 'a.safetensors': safetensors({ w: f32([1]) }), 'b.safetensors': safetensors({ w: f32([1]) }) },
      /two tensor sets/,
    ],
  ])('a model with %s is not decided', async (_, files, why) => {
    const [odd, plain] = [await weightsIn(files), await modelWith(PARENT)];

    expect(await rebuild(odd, [plain])).toMatchObject({ outcome: 'undecided', undecided: expect.stringMatching(why) });
    expect((await rebuild(plain, [odd])).outcome).toBe('undecided');
  });
});

describe('a file that changes', () => {
  it('between listing and reading is an error', async () => {
    const dir = tempDir();
    const file = path.join(dir, 'model.safetensors');
    writeFileSync(file, safetensors(PARENT));
    const child = await weightsAt(dir);
    writeFileSync(file, safetensors({ ...PARENT, c: f32([1]) }));

    await expect(rebuild(child, [await modelWith(PARENT)])).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  });
});

it('is interrupted between two tensors, and before anything is paired', async () => {
  const [child, parent] = [await modelWith(PARENT), await modelWith(PARENT)];
  const options = { signal: AbortSignal.abort() };

  await expect(recompute(child, [parent], CONVERT, options)).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

it('is interrupted within a tensor', async () => {
  const [child, parent] = await Promise.all(['child', 'parent'].map((name) => sparseModel(name)));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  const events: unknown[] = [];
  const options = { signal: controller.signal, onProgress: (event: unknown) => events.push(event) };

  await expect(recompute(child as Weights, [parent as Weights], CONVERT, options)).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
  expect(events).not.toContainEqual(expect.objectContaining({ done: 2 ** 32 }));
});

/** One tensor of 4 GiB, all zeros, that takes no room. */
function sparseModel(name: string): Promise<Weights> {
  const dir = path.join(tempDir(), name);
  mkdirSync(dir);
  const header = Buffer.from(JSON.stringify({ a: { dtype: 'F32', shape: [2 ** 30], data_offsets: [0, 2 ** 32] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = path.join(dir, 'model.safetensors');
  writeFileSync(file, Buffer.concat([length, header]));
  truncateSync(file, 8 + header.length + 2 ** 32);
  return weightsAt(dir);
}

it('tells how much of the child was compared', async () => {
  const events: unknown[] = [];
  await recompute(await modelWith(PARENT), [await modelWith(PARENT)], CONVERT, { onProgress: (e) => events.push(e) });

  expect(events).toEqual([{ phase: 'recomputing', done: 24, total: 24 }]);
});

it('lists a hundred of a thousand tensors that differ, and counts them all', async () => {
  const many = (value: number) =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, f32([i + value])]));
  const { outcome, exact, unequal } = await rebuild(await modelWith(many(1)), [await modelWith(many(2))]);

  expect({ outcome, exact, listed: unequal.length }).toEqual({ outcome: 'different', exact: 0, listed: 100 });
});
