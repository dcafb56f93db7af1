import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { walkModel } from '../../../src/core/model/index.ts';
import { Observer } from '../../../src/core/verify/observe.ts';
import { safetensors, writeModel } from './support.ts';

/** A model whose header can be read once only: the file is gone afterwards. */
async function readOnce() {
  const model = writeModel({ 'a.txt': 'a', 'model.safetensors': safetensors({ w: [1, 2] }) });
  const listing = await walkModel(model, { allowSymlinks: false });
  const observer = new Observer();
  const all = observer.fileSet(listing, { ignored: [], allowSymlinks: false });
  expect((await observer.plan(all, [], {})).tensorSets).toHaveLength(1);
  rmSync(path.join(model, 'model.safetensors'));
  return { listing, observer, all };
}

test('one file set and one plan serve every statement that leaves out the same', async () => {
  const { listing, observer, all } = await readOnce();
  const again = observer.fileSet(listing, { ignored: [], allowSymlinks: false });

  expect(again).toBe(all);
  expect(await observer.plan(again, [], {})).toBe(await observer.plan(all, [], {}));
});

test('a header is read once, though statements leave out different files', async () => {
  const { listing, observer, all } = await readOnce();
  const less = observer.fileSet(listing, { ignored: ['a.txt'], allowSymlinks: false });

  expect(less.files).toHaveLength(1);
  const plan = await observer.plan(less, [], {});
  expect(plan.problems).toEqual([]);
  expect(plan.tensorSets).toHaveLength(1);
  expect((await observer.plan(all, ['a.txt'], {})).tensorSets).toHaveLength(1);
});

test('a header that was read is not taken for a file that a statement calls opaque, nor the reverse', async () => {
  const { observer, all } = await readOnce();

  expect((await observer.plan(all, ['model.safetensors'], {})).tensorSets).toEqual([]);
  expect((await observer.plan(all, [], {})).tensorSets).toHaveLength(1);
});
