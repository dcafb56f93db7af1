import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hexEncode } from '../../../src/core/bytes/index.ts';
import { walkModel } from '../../../src/core/model/index.ts';
import { Observer } from '../../../src/core/verify/observe.ts';
import { safetensors, writeModel } from './support.ts';

const FILES = {
  'a.txt': 'aaaa',
  'b/c.txt': 'cc',
  'model.safetensors': safetensors({ v: [1], w: [1, 2] }),
  'z.txt': '',
};
const OPTIONS = { jobs: 1 };

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const hex = (digest: Uint8Array | undefined): string | undefined =>
  digest === undefined ? undefined : hexEncode(digest);

async function observed() {
  const model = writeModel(FILES);
  const listing = await walkModel(model, { allowSymlinks: false });
  const observer = new Observer();
  const all = observer.fileSet(listing, { ignored: [], allowSymlinks: false });
  const less = observer.fileSet(listing, { ignored: ['a.txt'], allowSymlinks: false });
  return { model, observer, all, less };
}

describe('views of one read', () => {
  test('each have the digests of their own files, by the hashes that they asked for', async () => {
    const { observer, all, less } = await observed();
    const first = await observer.add({ set: less, whole: () => ['sha256'] }, OPTIONS);
    const second = await observer.add({ set: all, whole: (name) => (name === 'z.txt' ? ['blake2b'] : []) }, OPTIONS);
    await observer.run(OPTIONS);

    expect(first.files().map(({ path: name, size, whole }) => [name, size, hex(whole.sha256)])).toEqual(
      Object.entries(FILES)
        .filter(([name]) => name !== 'a.txt')
        .map(([name, content]) => [name, content.length, sha256(content)]),
    );
    const empty = createHash('blake2b512').digest('hex');
    expect(second.files().map(({ whole }) => hex(whole.blake2b))).toEqual([undefined, undefined, undefined, empty]);
    expect(second.files().at(0)?.whole).toEqual({});
  });

  test('each have the segments that they asked for, cut as their statements say', async () => {
    const { observer, all, less } = await observed();
    const whole = () => [];
    const cut = await observer.add({ set: all, whole, segments: { hash: 'sha256', opaque: [] } }, OPTIONS);
    const opaque = { hash: 'sha256', opaque: ['model.safetensors'] } as const;
    const uncut = await observer.add({ set: less, whole, segments: opaque }, OPTIONS);
    const other = await observer.add({ set: less, whole, segments: { hash: 'blake3', opaque: [] } }, OPTIONS);
    await observer.run(OPTIONS);

    expect(cut.segments().map(({ path: name, lengths }) => [name, lengths.length])).toEqual([
      ['a.txt', 1],
      ['b/c.txt', 1],
      ['model.safetensors', 3],
      ['z.txt', 1],
    ]);
    expect(uncut.segments().map(({ digests }) => hex(digests))).toEqual(
      [FILES['b/c.txt'], FILES['model.safetensors'], ''].map(sha256),
    );
    expect(hex(cut.segments().at(1)?.digests)).toBe(sha256('cc'));
    expect(other.segments().at(1)?.digests).toHaveLength(3 * 32);
    expect(hex(other.segments().at(0)?.digests)).not.toBe(sha256('cc'));
  });

  test('read ranges of single files, and no byte that nobody asked for', async () => {
    const { observer, all } = await observed();
    const lengths = Float64Array.of(1, 3);
    const only = Uint32Array.of(1);
    const ranges = new Map([
      ['a.txt', { hash: 'sha256', lengths, only } as const],
      ['no such file', { hash: 'sha256', lengths } as const],
    ]);
    const view = await observer.add({ set: all, whole: () => [], ranges }, OPTIONS);
    const halves = new Map([['a.txt', { hash: 'sha256', lengths: Float64Array.of(2, 2) } as const]]);
    expect(observer.bytes).toBe(3);
    const again = await observer.add({ set: all, whole: () => [], ranges: halves }, OPTIONS);
    expect(observer.bytes).toBe(4);
    await observer.run(OPTIONS);

    expect([...view.ranges().keys()]).toEqual(['a.txt']);
    expect(view.ranges().get('a.txt')?.map(hex)).toEqual(['0'.repeat(64), sha256('aaa')]);
    expect(again.ranges().get('a.txt')?.map(hex)).toEqual([sha256('aa'), sha256('aa')]);
  });

  test('tell of a file that changed only where it is one of theirs', async () => {
    const { model, observer, all, less } = await observed();
    const first = await observer.add({ set: all, whole: () => ['sha256'] }, OPTIONS);
    const second = await observer.add({ set: less, whole: () => ['sha256'] }, OPTIONS);
    appendFileSync(path.join(model, 'a.txt'), 'more');
    await observer.run(OPTIONS);

    expect(first.failure()?.code).toBe('FILE_CHANGED');
    expect(first.files().at(0)?.whole).toEqual({});
    expect(second.failure()).toBeUndefined();
  });

  test('have nothing before the read, and no segments that they did not ask for', async () => {
    const { observer, all } = await observed();
    const view = await observer.add({ set: all, whole: () => [] }, OPTIONS);
    expect(() => [...view.files()]).toThrow('before its observer ran');
    expect(() => view.failure()).toThrow('before its observer ran');
    await observer.run(OPTIONS);
    expect(() => view.segments()).toThrow('not made for');
  });

  test('of nobody read nothing', async () => {
    const observer = new Observer();
    expect(observer.bytes).toBe(0);
    await observer.run(OPTIONS);
  });
});
