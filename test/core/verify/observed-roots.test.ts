import { expect, test } from 'vitest';
import { LazyList } from '../../../src/core/digest/index.ts';
import type { FileSet, ModelPlan } from '../../../src/core/model/index.ts';
import type { View } from '../../../src/core/verify/observe.ts';
import { ObservedRoots } from '../../../src/core/verify/observed-roots.ts';

/** A view that counts how often it is read. */
function counted() {
  const reads = { files: 0, segments: 0 };
  const view = (set: FileSet): View => ({
    set,
    plan: undefined,
    files: () => {
      reads.files++;
      return new LazyList(1, () => ({ path: 'a', size: 1, whole: { sha256: new Uint8Array(32) } }));
    },
    segments: () => {
      reads.segments++;
      return new LazyList(1, () => ({ path: 'a', lengths: Float64Array.of(1), digests: new Uint8Array(32) }));
    },
    ranges: () => new Map(),
    failure: () => undefined,
  });
  return { reads, view };
}

const set = (kind: 'folder' | 'file') =>
  ({ kind, name: 'm', files: [], problems: [], leftOut: [] }) as unknown as FileSet;
const plan = () => ({ tensorSets: [] }) as unknown as ModelPlan;

test('the roots of a file set are formed once, however many views of it there are', () => {
  const { reads, view } = counted();
  const roots = new ObservedRoots();
  const one = set('folder');
  const found = Array.from({ length: 1000 }, () => roots.files(view(one)));
  expect([reads.files, new Set(found).size]).toEqual([1, 1]);
});

test('another file set is read for itself', () => {
  const { reads, view } = counted();
  const roots = new ObservedRoots();
  const folder = roots.files(view(set('folder')));
  const file = roots.files(view(set('file')));
  expect(reads.files).toBe(2);
  expect(folder['sha256']).not.toBe(file['sha256']);
});

test('segment roots are kept by the cut and by the hash', () => {
  const { reads, view } = counted();
  const roots = new ObservedRoots();
  const [seen, cut] = [view(set('folder')), plan()];
  for (let i = 0; i < 10; i++) roots.segments(seen, cut, 'blake3');
  expect(reads.segments).toBe(1);
  expect(Object.keys(roots.segments(seen, cut, 'sha256'))).toEqual(['stemmaSegmentTreeSha256V1']);
  roots.segments(seen, plan(), 'blake3');
  expect(reads.segments).toBe(3);
});
