import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { describe, expect, it } from 'vitest';
import { type ReadLimits, readFolder } from '../../../../src/core/ipfs/index.ts';
import {
  Blocks,
  bytes,
  DIRECTORY,
  fileData,
  folder,
  type HandLink,
  imported,
  node,
  noise,
  number,
  TYPE,
  text,
} from '../support/blocks.ts';
import { LIMITS, readAll } from './support.ts';

/** Reads a folder with one entry, made by `make`. */
async function refused(
  make: (blocks: Blocks) => Uint8Array | Promise<Uint8Array>,
  limits: ReadLimits = LIMITS,
): Promise<unknown> {
  const blocks = new Blocks();
  const entry = blocks.pb(await make(blocks));
  const root = blocks.pb(folder([{ cid: entry, name: 'x' }]));
  return readAll(blocks, root, limits).then(
    () => 'read',
    (error: unknown) => error,
  );
}

const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'UNIXFS_INVALID', message: expect.stringMatching(message) as string });

describe('names in a folder of UnixFS', () => {
  it.each([
    ['../escaped', /contains a slash/],
    ['a/b', /contains a slash/],
    ['..', /has a \.\. component/],
    ['.', /has a \. component/],
    ['', /is empty/],
    ['nul\0byte', /NUL/],
    ['back\\slash', /backslash/],
    ['c:stream', /colon/],
    ['con', /device/],
    ['x'.repeat(256), /longer than 255 bytes/],
  ])('are refused: %j', async (name, why) => {
    const found = await refused((blocks) => folder([{ cid: blocks.raw(noise(1)), name }]));

    expect(found).toEqual(invalid(why));
  });

  it('are refused when they are not UTF-8', async () => {
    const found = await refused((blocks) => {
      const link = [...bytes(1, blocks.raw(noise(1)).bytes), ...bytes(2, [0xff, 0xfe])];
      return Uint8Array.from([...bytes(2, link), ...bytes(1, DIRECTORY)]);
    });

    expect(found).toEqual(invalid(/UTF-8/));
  });

  it('are refused when one is there twice', async () => {
    const found = await refused((blocks) =>
      folder([1, 2].map((seed) => ({ cid: blocks.raw(noise(9, seed)), name: 'model.safetensors' }))),
    );

    expect(found).toEqual(invalid(/"model.safetensors" twice/));
  });
});

describe('blocks that are no files and folders', () => {
  it.each([
    ['a symbolic link', [...number(1, TYPE.symlink), ...text(2, '/etc/passwd')], /symbolic link/],
    ['metadata', number(1, TYPE.metadata), /type metadata/],
    ['a type that nobody knows', number(1, 6), /type 6/],
    ['no type', text(2, 'x'), /no UnixFS type/],
    ['no UnixFS at all', [0xff], /number/],
    ['a field that nobody knows', [...number(1, TYPE.file), ...number(9, 1)], /unknown field 9/],
    ['two types', [...number(1, TYPE.file), ...number(1, TYPE.directory)], /field 1 twice/],
    ['a type as text', text(1, 'file'), /field 1 in another form/],
    ['a type in a longer form', [8, 0x82, 0], /longer form/],
    ['a size of 2^53', [...number(1, TYPE.file), 24, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], /2\^53/],
    ['a size without end', [...number(1, TYPE.file), 24, ...Array.from({ length: 30 }, () => 0xff)], /2\^53/],
    ['text that is cut off', [...number(1, TYPE.file), 18, 100, 1], /100 bytes expected, found 1/],
    ['wire types of old', [...number(1, TYPE.file), 27], /wire type 3/],
    ['a folder with data', [...DIRECTORY, ...text(2, 'x')], /directory with data/],
    ['a file with a fan-out', [...fileData(0, []), ...number(6, 256)], /no HAMT shard and has a fan-out/],
  ])('are refused: %s', async (_title, data, why) => {
    const found = await refused(() => node(data));

    expect(found).toEqual(invalid(why));
  });

  it.each([
    ['nothing', new Uint8Array(), /no data/],
    ['cut off', node(DIRECTORY).subarray(0, -1), /bytes expected/],
    ['of two data', Uint8Array.from([...node(DIRECTORY), ...node(DIRECTORY)]), /field 1 twice/],
    ['with a link to nothing', Uint8Array.from([...bytes(2, text(2, 'x')), ...bytes(1, DIRECTORY)]), /names no block/],
  ])('are refused: dag-pb that is %s', async (_title, block, why) => {
    const found = await refused(() => block);

    expect(found).toEqual(invalid(why));
  });

  it.each([
    ['identity, which carries its bytes itself', 0x55, 0x00, 4],
    ['another hash function', 0x55, 0x13, 64],
    ['a hash cut short', 0x55, 0x12, 20],
    ['another codec', 0x71, 0x12, 32],
  ])('are refused: a link by a CID of %s', async (_title, codec, hash, length) => {
    const cid = CID.createV1(codec, Digest.create(hash, noise(length)));

    const found = await refused(() => folder([{ cid, name: 'x' }]));

    expect(found).toMatchObject({ code: 'CID_INVALID' });
  });

  it('are refused: a link by a CID in a longer form', async () => {
    const found = await refused((blocks) => {
      const [, codec, ...rest] = blocks.raw(noise(4)).bytes;
      const link = [...bytes(1, [0x81, 0, codec as number, ...rest]), ...text(2, 'x')];
      return Uint8Array.from([...bytes(2, link), ...bytes(1, DIRECTORY)]);
    });

    expect(found).toMatchObject({ code: expect.stringMatching(/^(?:UNIXFS|CID)_INVALID$/) as string });
  });

  it('are refused as the root of a folder when they are a file', async () => {
    const blocks = new Blocks();

    await expect(readAll(blocks, blocks.raw(noise(3)))).rejects.toEqual(invalid(/is a file; a folder is expected/));
  });

  it('are missing where a source lacks one', async () => {
    const { blocks, root } = await imported([
      { path: 'm/a', content: noise(3) },
      { path: 'm/b', content: noise(3_000_000) },
    ]);
    const last = [...blocks.all.keys()].find((key) => blocks.all.get(key)?.length === 1_048_576);
    blocks.all.delete(last ?? '');

    await expect(readAll(blocks, root)).rejects.toMatchObject({ code: 'BLOCK_MISSING' });
  });
});

describe('sizes that do not add up', () => {
  const partsOf =
    (filesize: number, sizes: readonly number[], lengths: readonly number[], name?: string) =>
    (blocks: Blocks): Uint8Array =>
      node(
        fileData(filesize, sizes),
        lengths.map((length, i) => ({ cid: blocks.raw(noise(length, i)), ...(name === undefined ? {} : { name }) })),
      );

  it.each([
    ['a file larger than its parts', partsOf(21, [10, 10], [10, 10]), /file of 21 bytes, and its parts are of 20/],
    ['a file smaller than its parts', partsOf(5, [10, 10], [10, 10]), /file of 5 bytes/],
    ['a part shorter than said', partsOf(20, [10, 10], [10, 9]), /holds 9 bytes of the file; what links to it says 10/],
    ['a part longer than said', partsOf(20, [10, 10], [11, 10]), /holds 11 bytes/],
    ['more parts than sizes', partsOf(10, [10], [10, 10]), /2 parts and says the size of 1/],
    ['more sizes than parts', partsOf(20, [10, 10], [10]), /1 parts and says the size of 2/],
    ['a part of no bytes', partsOf(10, [0, 10], [0, 10]), /part of no bytes/],
    ['parts with names', partsOf(10, [10], [10], 'x'), /its parts have names/],
    ['sizes that overflow', partsOf(10, [2 ** 53 - 1, 2 ** 53 - 1], [10, 10]), /2\^53/],
    [
      'a node below that says another size',
      (blocks: Blocks) =>
        node(fileData(10, [10]), [{ cid: blocks.pb(node(fileData(9, [9]), [{ cid: blocks.raw(noise(9)) }])) }]),
      /holds 9 bytes/,
    ],
    [
      'a folder as part of a file',
      (blocks: Blocks) => node(fileData(10, [10]), [{ cid: blocks.pb(folder([])) }]),
      /part of a file, and a directory/,
    ],
  ])('are refused: %s', async (_title, make, why) => {
    const found = await refused(make);

    expect(found).toEqual(invalid(why));
  });
});

describe('DAGs that grow without end', () => {
  /** A node that links `width` times to the one below, `levels` times. */
  const doubled = (blocks: Blocks, levels: number): Uint8Array => {
    let size = 1024 * 1024;
    let below: HandLink[] = [{ cid: blocks.raw(noise(size)) }];
    let sizes = [size];
    for (let level = 0; level < levels; level++) {
      const cid = blocks.pb(node(fileData(size, sizes), below));
      below = [{ cid }, { cid }];
      sizes = [size, size];
      size *= 2;
    }
    return node(fileData(size, sizes), below);
  };

  it('are refused by the size of a file, before a byte of it is read', async () => {
    const blocks = new Blocks();
    const root = blocks.pb(folder([{ cid: blocks.pb(doubled(blocks, 20)), name: 'x' }]));

    await expect(readAll(blocks, root)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: 'the files come to 1099511627776 bytes and more; at most 67108864 are read',
    });
    expect(blocks.asked).toHaveLength(2);
  });

  it('are refused by the size of all files', async () => {
    const found = await refused((blocks) => {
      const cid = blocks.raw(noise(1024 * 1024));
      return folder(Array.from({ length: 65 }, (_, i) => ({ cid, name: `${i}` })));
    });

    expect(found).toMatchObject({ code: 'TOO_LARGE' });
  });

  it('are refused by the number of entries, files or none', async () => {
    const found = await refused(
      (blocks) => {
        let cid = blocks.pb(folder([]));
        for (let level = 0; level < 40; level++) cid = blocks.pb(folder(['a', 'b'].map((name) => ({ cid, name }))));
        return folder([{ cid, name: 'y' }]);
      },
      { ...LIMITS, maxEntries: 5000 },
    );

    expect(found).toMatchObject({ code: 'TOO_LARGE', message: 'the folders hold more than 5000 entries' });
  });

  it('are refused by the depth of folders', async () => {
    const found = await refused((blocks) => {
      let cid = blocks.raw(noise(1));
      for (let level = 0; level < 70; level++) cid = blocks.pb(folder([{ cid, name: 'd' }]));
      return folder([{ cid, name: 'y' }]);
    });

    expect(found).toMatchObject({ code: 'TOO_LARGE', message: 'folders lie more than 64 deep in each other' });
  });

  it('are refused by the levels of a file', async () => {
    const found = await refused((blocks) => {
      let cid = blocks.raw(noise(5));
      for (let level = 0; level < 40; level++) cid = blocks.pb(node(fileData(5, [5]), [{ cid }]));
      return node(fileData(5, [5]), [{ cid }]);
    });

    expect(found).toMatchObject({ code: 'TOO_LARGE', message: 'a file has more than 32 levels of blocks' });
  });

  it('are refused by the number of blocks of a file', async () => {
    const found = await refused((blocks) => {
      let size = 1;
      let below: HandLink[] = [{ cid: blocks.raw(noise(1)) }];
      let sizes = [1];
      for (let level = 0; level < 18; level++) {
        const cid = blocks.pb(node(fileData(size, sizes), below));
        below = [{ cid }, { cid }];
        sizes = [size, size];
        size *= 2;
      }
      return node(fileData(size, sizes), below);
    });

    expect(found).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/made of more than \d+ blocks/) as string,
    });
  });

  it('are refused by the number of blocks of all files together', async () => {
    const blocks = new Blocks();
    const leaf = blocks.raw(noise(1));
    const parts = 30_000;
    const file = node(
      fileData(
        parts,
        Array.from({ length: parts }, () => 1),
      ),
      Array.from({ length: parts }, () => ({ cid: leaf })),
    );
    const cid = blocks.pb(file);
    const few = ['a', 'b', 'c'].map((name) => ({ cid, name }));

    await expect(readAll(blocks, blocks.pb(folder([...few, { cid, name: 'd' }])))).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/made of more than \d+ blocks, too many for their size/) as string,
    });
  });

  it('are refused by the number of blocks whatever a file says that is not read', async () => {
    const blocks = new Blocks();
    const leaf = blocks.raw(noise(1));
    let size = 1;
    let cid = leaf;
    for (let level = 0; level < 2; level++) {
      const links = Array.from({ length: 400 }, (): HandLink => ({ cid }));
      cid = blocks.pb(
        node(
          fileData(
            size * 400,
            links.map(() => size),
          ),
          links,
        ),
      );
      size *= 400;
    }
    const huge = blocks.pb(node(fileData(2 ** 50, [2 ** 50]), [{ cid: leaf }]));
    const root = blocks.pb(
      folder([
        { cid: huge, name: 'huge' },
        { cid, name: 'read' },
      ]),
    );
    const read = async (): Promise<void> => {
      for await (const file of readFolder(blocks, root, { maxBytes: 2 ** 52 }))
        if (file.path === 'read') for await (const _ of file.bytes());
    };

    await expect(read()).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/made of more/) as string,
    });
  });

  it('are refused when a source that does not hash lets them lead back to themselves', async () => {
    const blocks = new Blocks();
    const cid = blocks.raw(noise(1));
    const self = CID.createV1(0x70, cid.multihash);
    blocks.put(self, folder([{ cid: self, name: 'again' }]));

    await expect(readAll(blocks, self)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});

describe('a HAMT that is not one', () => {
  const shardData = (bitfield: readonly number[], hash = 0x22, fanout = 256): number[] => [
    ...number(1, TYPE.shard),
    ...(bitfield.length === 0 ? [] : bytes(2, bitfield)),
    ...number(5, hash),
    ...number(6, fanout),
  ];
  /** Slot of "x" in a root of 256, by the hash that HAMTs have. */
  const SLOT_OF_X = 0x6d;
  const bitsOf = (...slots: number[]): number[] => {
    const field = new Uint8Array(32);
    for (const slot of slots) field[31 - (slot >> 3)] = (field[31 - (slot >> 3)] as number) | (1 << (slot & 7));
    return [...field];
  };
  const prefix = (slot: number): string => slot.toString(16).toUpperCase().padStart(2, '0');
  const one =
    (name: string, slots: readonly number[], data = shardData(bitsOf(...slots))) =>
    (blocks: Blocks): Uint8Array =>
      node(data, [{ cid: blocks.raw(noise(3)), name }]);

  it('is read where it is one', async () => {
    const found = await refused(one(`${prefix(SLOT_OF_X)}x`, [SLOT_OF_X]));

    expect(found).toBe('read');
  });

  it.each([
    ['a name in the slot of another', one('01x', [1]), /"x" in a slot of other names/],
    ['a prefix of another slot', one(`01x`, [SLOT_OF_X]), /has "01x" where the name starts with "6D"/],
    ['a prefix in lower case', one('6dx', [SLOT_OF_X]), /starts with "6D"/],
    ['a name without prefix', one('x', [SLOT_OF_X]), /starts with "6D"/],
    ['a slot too many marked', one('6Dx', [SLOT_OF_X, 3]), /1 links, and 2 slots are marked/],
    ['no slot marked', one('6Dx', [], shardData([])), /1 links, and 0 slots/],
    ['more marks than slots', one('6Dx', [], shardData(Array.from({ length: 33 }, () => 0))), /33 bytes/],
    ['another hash function', one('6Dx', [], shardData(bitsOf(SLOT_OF_X), 0x12)), /hash function 18/],
    [
      'no hash function',
      one('6Dx', [], [...number(1, TYPE.shard), ...bytes(2, bitsOf(SLOT_OF_X)), ...number(6, 256)]),
      /hash function undefined/,
    ],
    ['a fan-out that is no power of two', one('6Dx', [], shardData(bitsOf(SLOT_OF_X), 0x22, 255)), /fan-out of 255/],
    ['a fan-out beyond all', one('6Dx', [], shardData(bitsOf(SLOT_OF_X), 0x22, 2 ** 40)), /fan-out of 1099511627776/],
    ['a fan-out of one', one('6Dx', [], shardData([1], 0x22, 1)), /fan-out of 1;/],
    ['bytes where a shard is expected', one('6D', [SLOT_OF_X]), /is raw where a HAMT shard is expected/],
    [
      'a folder where a shard is expected',
      (blocks: Blocks) => node(shardData(bitsOf(5)), [{ cid: blocks.pb(folder([])), name: '05' }]),
      /is directory where a HAMT shard is expected/,
    ],
    [
      'a shard of another fan-out below',
      (blocks: Blocks) => node(shardData(bitsOf(5)), [{ cid: blocks.pb(node(shardData([], 0x22, 8))), name: '05' }]),
      /fan-out of 8; that of its root is 256/,
    ],
    [
      'shards deeper than a hash',
      (blocks: Blocks) => {
        let cid = blocks.pb(node(shardData(bitsOf(5)), [{ cid: blocks.raw(noise(1)), name: '05x' }]));
        for (let i = 0; i < 8; i++) cid = blocks.pb(node(shardData(bitsOf(5)), [{ cid, name: '05' }]));
        return node(shardData(bitsOf(5)), [{ cid, name: '05' }]);
      },
      /deeper than the hash of a name reaches/,
    ],
    ['a name that leads out', one(`01../x`, [1]), /slot of other names|slash/],
  ])('is refused: %s', async (_title, make, why) => {
    const found = await refused(make);

    expect(found).toEqual(invalid(why));
  });
});
