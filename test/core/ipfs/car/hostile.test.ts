import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../../src/core/bytes/index.ts';
import { isStemmaError } from '../../../../src/core/errors/index.ts';
import { type Block, type CarLimits, formatCid, openCar, readCarStream } from '../../../../src/core/ipfs/index.ts';
import { tempDir } from '../../model/support.ts';
import { sha256 } from '../support.ts';
import { blockFrame, carOf, framed, header, nodeBlock, rawBlock, varint, version2 } from './support.ts';

const LIMITS: CarLimits = { maxBlocks: 100, maxBytes: 10_000_000 };
const A = rawBlock('a');
const B = rawBlock('b');
const EMPTY = rawBlock('');
const NODE = nodeBlock(Uint8Array.of(0x0a, 2, 8, 1));
const GOOD = [NODE, A, B, EMPTY];
const code = (name: string, message = '') =>
  expect.objectContaining({ code: name, message: expect.stringContaining(message) });

function carFile(bytes: Uint8Array): string {
  const file = path.join(tempDir(), 'x.car');
  writeFileSync(file, bytes);
  return file;
}

/** Opens and closes; the blocks that it holds. */
async function opened(
  bytes: Uint8Array,
  limits = LIMITS,
): Promise<{ blocks: number; frames: number; roots: string[] }> {
  const car = await openCar(carFile(bytes), limits);
  await car.close();
  return { blocks: car.blockCount, frames: car.frameCount, roots: car.roots.map(formatCid) };
}

/** The same bytes as they may arrive, in pieces of a size. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const identity = CID.createV1(0x55, Digest.create(0, Buffer.from('whatever one likes, and more of it')));
const dagCbor = CID.createV1(0x71, Digest.create(0x12, sha256(Buffer.from('a'))));
const start = header([A.cid.bytes]);
const changed = (block: Block): Block => ({ cid: block.cid, bytes: Buffer.from(block.bytes).fill(0xee) });
const oversized = new Uint8Array(2 * 1024 * 1024 + 1);

const ATTACKS: Readonly<Record<string, readonly [Uint8Array, string, string?]>> = {
  'an empty file': [new Uint8Array(0), 'CAR_INVALID', 'found nothing'],
  'a web page': [Buffer.from('<!DOCTYPE html><html><body>404</body></html>'), 'CAR_INVALID'],
  JSON: [Buffer.from('{"roots":[],"version":1}'), 'CAR_INVALID'],
  zeros: [new Uint8Array(100), 'CAR_INVALID', 'a frame is empty at byte 0'],
  'a changed block': [carOf([A, changed(B)]), 'BLOCK_MISMATCH', formatCid(B.cid)],
  'the bytes of two blocks exchanged': [
    concatBytes(start, blockFrame({ cid: A.cid, bytes: B.bytes }), blockFrame({ cid: B.cid, bytes: A.bytes })),
    'BLOCK_MISMATCH',
  ],
  'a block that another one with its CID follows': [
    concatBytes(start, blockFrame(A), blockFrame(changed(A))),
    'BLOCK_MISMATCH',
  ],
  'a raw block under the CID of a node': [carOf([{ cid: NODE.cid, bytes: A.bytes }]), 'BLOCK_MISMATCH'],
  'an identity CID': [concatBytes(start, framed(identity.bytes)), 'CAR_INVALID', 'CID'],
  'an identity CID with bytes': [concatBytes(start, framed(identity.bytes, Buffer.alloc(50))), 'CAR_INVALID', 'CID'],
  'a block of another codec': [concatBytes(start, framed(dagCbor.bytes, A.bytes)), 'CAR_INVALID', 'codec'],
  'a frame shorter than a CID': [concatBytes(start, framed(A.cid.bytes.subarray(0, 20))), 'CAR_INVALID'],
  'an empty frame': [concatBytes(start, Uint8Array.of(0), blockFrame(A)), 'CAR_INVALID', 'a frame is empty'],
  'zeros after the last block': [concatBytes(carOf([A]), new Uint8Array(64)), 'CAR_INVALID', 'a frame is empty'],
  'rubbish after the last block': [concatBytes(carOf([A]), Buffer.from('rubbish')), 'CAR_INVALID', 'cut off'],
  'a block over 2 MiB': [carOf([{ cid: rawBlock('').cid, bytes: oversized }]), 'TOO_LARGE'],
  'a length of terabytes': [concatBytes(start, varint(2 ** 45), A.cid.bytes), 'TOO_LARGE'],
  'an endless length': [concatBytes(start, Buffer.alloc(100, 0x80)), 'TOO_LARGE'],
  'a length in a longer form': [
    concatBytes(start, Uint8Array.of(0xa5, 0x00), A.cid.bytes, A.bytes),
    'CAR_INVALID',
    'shortest form',
  ],
  'a header of terabytes': [concatBytes(varint(2 ** 45), start), 'TOO_LARGE'],
  'a header of version 2 alone': [header([A.cid.bytes], 2), 'CAR_INVALID', '"version": 1'],
  'a header of version 3': [header([A.cid.bytes], 3), 'CAR_INVALID', '"version": 1'],
  'a header with more after it': [framed(start.subarray(1), Uint8Array.of(0)), 'CAR_INVALID', 'header to end'],
  'a header without roots': [framed(Buffer.from('a16776657273696f6e01', 'hex')), 'CAR_INVALID', '"roots"'],
  'more roots than there are': [framed(Buffer.from('a265726f6f747399ffff', 'hex')), 'CAR_INVALID'],
  'more roots than one can count': [framed(Buffer.from('a265726f6f74739bffffffffffffffff', 'hex')), 'CAR_INVALID'],
  'roots without end': [framed(Buffer.from('a265726f6f74739f', 'hex')), 'CAR_INVALID', 'a list of roots'],
  'a root that is text': [framed(Buffer.from('a265726f6f74738161616776657273696f6e01', 'hex')), 'CAR_INVALID', 'a CID'],
  'a root with an identity CID': [header([identity.bytes]), 'CAR_INVALID', 'SHA-256'],
  'a root cut short': [header([A.cid.bytes.subarray(0, 30)]), 'CAR_INVALID'],
  'version 2: blocks within the header': [version2(carOf([A]), { dataOffset: 11 }), 'CAR_INVALID', 'within the header'],
  'version 2: blocks beyond the file': [version2(carOf([A]), { dataOffset: 10_000 }), 'CAR_INVALID', 'cut off'],
  'version 2: blocks beyond any file': [
    version2(carOf([A]), { dataOffset: 2n ** 63n }),
    'CAR_INVALID',
    'beyond any file',
  ],
  'version 2: no blocks': [version2(carOf([A]), { dataSize: 0 }), 'CAR_INVALID', 'no byte'],
  'version 2: more blocks than there are': [version2(carOf([A]), { dataSize: 1000 }), 'CAR_INVALID', 'cut off'],
  'version 2: an end within a block': [version2(carOf([A, B]), { dataSize: 120 }), 'CAR_INVALID', 'beyond the end'],
  'version 2: a block hidden after the end': [
    version2(carOf([A, B]), { dataSize: carOf([A]).length }),
    'CAR_INVALID',
    'bytes follow the last block',
  ],
  'version 2: an index among the blocks': [
    version2(carOf([A]), { indexOffset: 60 }),
    'CAR_INVALID',
    'among the blocks',
  ],
  'version 2: an index that is not there': [
    version2(carOf([A]), { indexOffset: 9999 }),
    'CAR_INVALID',
    'expected an index',
  ],
  'version 2 in version 2': [version2(version2(carOf([A]))), 'CAR_INVALID', 'inside a CARv2'],
  'version 2: nothing but its first bytes': [version2(carOf([A])).subarray(0, 30), 'CAR_INVALID', 'cut off'],
};

describe('a hostile CAR', () => {
  it.each(Object.entries(ATTACKS))('is refused: %s', async (_, [bytes, expected, message]) => {
    await expect(opened(bytes)).rejects.toThrow(code(expected, message));
    // As it arrives from a server, a byte at a time.
    const read = async (): Promise<void> => {
      const { blocks } = await readCarStream(inPieces(bytes, bytes.length > 1e6 ? 999 : 1), sha256, LIMITS);
      for await (const { cid } of blocks) expect(cid).toBeDefined();
    };
    await expect(read()).rejects.toThrow(code(expected, message));
  });

  it('is refused wherever it is cut off', async () => {
    const whole = carOf(GOOD);
    const ends = new Set<number>();
    let at = header([NODE.cid.bytes]).length;
    for (const block of GOOD) {
      ends.add(at);
      at += blockFrame(block).length;
    }
    for (let length = 0; length < whole.length; length++) {
      const bytes = whole.subarray(0, length);
      // Between two blocks nothing shows that there are more: that is for who walks from the root.
      if (ends.has(length)) expect((await opened(bytes)).blocks).toBeLessThan(GOOD.length);
      else await expect(opened(bytes)).rejects.toThrow(code('CAR_INVALID'));
    }
  });

  it('is refused, or holds nothing that is not what its CID says, whichever byte is changed', async () => {
    const whole = carOf(GOOD);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = (bytes[at] as number) ^ change;
        try {
          const { blocks } = await readCarStream(inPieces(bytes, 64), sha256, LIMITS);
          for await (const block of blocks) expect(sha256(block.bytes)).toEqual(block.cid.multihash.digest);
        } catch (error) {
          expect(isStemmaError(error)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives none of the blocks that follow a bad one', async () => {
    const { blocks } = await readCarStream(inPieces(carOf([A, changed(B), EMPTY]), 10), sha256, LIMITS);
    expect((await blocks.next()).value).toMatchObject({ cid: A.cid });
    await expect(blocks.next()).rejects.toThrow(code('BLOCK_MISMATCH'));
    expect((await blocks.next()).done).toBe(true);
  });

  it('of a million tiny blocks is given up at the limit', async () => {
    let asked = 0;
    const frames = Buffer.concat(Array.from({ length: 1000 }, () => blockFrame(EMPTY)));
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield start;
      for (;;) {
        asked++;
        yield frames;
      }
    }
    const { blocks } = await readCarStream(endless(), sha256, { maxBlocks: 10_000, maxBytes: 1e12 });
    const read = async (): Promise<void> => {
      for await (const { bytes } of blocks) expect(bytes).toHaveLength(0);
    };
    await expect(read()).rejects.toThrow(code('TOO_LARGE', '10000 blocks'));
    expect(asked).toBeLessThan(12);
  });

  it('without end is given up at the limit, and its source let go', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield start;
        for (;;) yield blockFrame(A);
      } finally {
        closed = true;
      }
    }
    const { blocks } = await readCarStream(endless(), sha256, { maxBlocks: 1e9, maxBytes: 5000 });
    const read = async (): Promise<void> => {
      for await (const { cid } of blocks) expect(cid).toEqual(A.cid);
    };
    await expect(read()).rejects.toThrow(code('TOO_LARGE', '5000 bytes'));
    expect(closed).toBe(true);
  });

  it('whose reader stops early is let go', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield carOf(GOOD).subarray(0, 100);
        yield carOf(GOOD).subarray(100);
      } finally {
        closed = true;
      }
    }
    const { blocks } = await readCarStream(source(), sha256, LIMITS);
    for await (const { cid } of blocks) {
      expect(cid).toEqual(NODE.cid);
      break;
    }
    expect(closed).toBe(true);
  });
});
