import { fixedSize } from 'ipfs-unixfs-importer/chunker';
import { balanced, trickle } from 'ipfs-unixfs-importer/layout';
import { describe, expect, it } from 'vitest';
import { Blocks, bytes, fileData, folder, imported, type Made, node, noise, number } from '../support/blocks.ts';
import { readAll } from './support.ts';

const KIB = 1024;
const MIB = KIB * KIB;

async function roundTrip(files: readonly Made[], options?: Parameters<typeof imported>[1]): Promise<void> {
  const { blocks, root } = await imported(files, options);

  const read = await readAll(blocks, root);

  expect([...read.keys()].toSorted()).toEqual(files.map(({ path }) => path.replace(/^m\//, '')).toSorted());
  for (const { path, content } of files) expect(read.get(path.replace(/^m\//, ''))?.equals(content), path).toBe(true);
}

describe('a folder of UnixFS', () => {
  it('gives back the files that the maintained importer took, of every size around a block', async () => {
    await roundTrip(
      [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 5].map((size) => ({
        path: `m/${size}/weights.bin`,
        content: noise(size, size + 1),
      })),
    );
  });

  it.each([
    ['blocks of 256 KiB wrapped in dag-pb, as Kubo makes them still', { profile: 'unixfs-v0-2015' }],
    [
      'a tree of four levels',
      { rawLeaves: true, chunker: fixedSize({ chunkSize: 1000 }), layout: balanced({ maxChildrenPerNode: 5 }) },
    ],
    [
      'an unbalanced tree',
      { rawLeaves: false, chunker: fixedSize({ chunkSize: 1000 }), layout: trickle({ maxChildrenPerNode: 3 }) },
    ],
  ] as const)('is read from %s', async (_title, options) => {
    await roundTrip(
      [
        { path: 'm/a', content: noise(600_001) },
        { path: 'm/b', content: noise(1) },
        { path: 'm/c', content: new Uint8Array() },
      ],
      options,
    );
  });

  it('is read from a HAMT, with names of every length and folders below it', async () => {
    const files = Array.from({ length: 3000 }, (_, i) => ({
      path: `m/${i}${'-long'.repeat(20).slice(0, i % 70)}`,
      content: noise(i % 7, i),
    }));
    const inside = { path: 'm/sub/deeper/x', content: noise(9) };

    await roundTrip([...files, inside], { profile: 'unixfs-v1-2025', shardSplitThresholdBytes: 1000 });
  });

  it('is read where the bytes of a file stand before its parts', async () => {
    const blocks = new Blocks();
    const part = blocks.raw(noise(10));
    const inline = noise(3, 2);
    const file = blocks.pb(node(fileData(13, [10], inline), [{ cid: part }]));
    const root = blocks.pb(folder([{ cid: file, name: 'x' }]));

    const read = await readAll(blocks, root);

    expect(read.get('x')?.equals(Buffer.concat([inline, noise(10)]))).toBe(true);
  });

  it('is read whatever mode and time its files have', async () => {
    const blocks = new Blocks();
    const data = [...fileData(4, [4]), ...number(7, 0o755), ...bytes(8, number(1, 1_700_000_000))];
    const file = blocks.pb(node(data, [{ cid: blocks.raw(noise(4)) }]));
    const root = blocks.pb(folder([{ cid: file, name: 'x' }]));

    const read = await readAll(blocks, root);

    expect(read.get('x')?.equals(noise(4))).toBe(true);
  });
});
