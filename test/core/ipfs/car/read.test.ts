import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CarLimits, formatCid, openCar } from '../../../../src/core/ipfs/index.ts';
import { tempDir } from '../../model/support.ts';
import { carOf, nodeBlock, rawBlock, version2 } from './support.ts';

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

describe('openCar', () => {
  it('gives the blocks of a CAR, and names its roots', async () => {
    const car = await openCar(carFile(carOf(GOOD)));
    try {
      expect(car.roots.map(formatCid)).toEqual([formatCid(NODE.cid)]);
      for (const { cid, bytes } of GOOD) expect(Buffer.from(await car.get(cid)).equals(bytes)).toBe(true);
      await expect(car.get(rawBlock('c').cid)).rejects.toThrow(code('BLOCK_MISSING'));
    } finally {
      await car.close();
    }
  });

  it('reads CARs of version 2, whatever their index says', async () => {
    const lies = Buffer.alloc(1000, 0xff);
    for (const bytes of [version2(carOf(GOOD)), version2(carOf(GOOD), { index: lies, padding: 77 })]) {
      expect(await opened(bytes)).toMatchObject({ blocks: 4, frames: 4 });
      const car = await openCar(carFile(bytes));
      expect(Buffer.from(await car.get(B.cid)).toString()).toBe('b');
      await car.close();
    }
  });

  it('takes a block that is there twice for one, and counts both frames', async () => {
    expect(await opened(carOf([A, B, A]))).toMatchObject({ blocks: 2, frames: 3 });
  });

  it('takes a CAR without roots, and one of many: what it says of them is a claim', async () => {
    expect(await opened(carOf([A], []))).toMatchObject({ roots: [] });
    expect(await opened(carOf([A], [B, A]))).toMatchObject({ roots: [B, A].map(({ cid }) => formatCid(cid)) });
  });

  it('hashes a block again when it is asked for', async () => {
    const bytes = carOf([A, B]);
    const file = carFile(bytes);
    const car = await openCar(file);
    writeFileSync(file, Buffer.from(bytes).fill('x', bytes.length - 1));
    await expect(car.get(B.cid)).rejects.toThrow(code('BLOCK_MISMATCH'));
    truncateSync(file, 70);
    await expect(car.get(B.cid)).rejects.toThrow(code('FILE_CHANGED'));
    await car.close();
  });

  it('takes a link to a file that the caller names, and nothing that is no file', async () => {
    const dir = tempDir();
    symlinkSync(carFile(carOf([A])), path.join(dir, 'link'));
    await (await openCar(path.join(dir, 'link'))).close();
    mkdirSync(path.join(dir, 'folder'));
    await expect(openCar(path.join(dir, 'folder'))).rejects.toThrow(code('NOT_A_REGULAR_FILE'));
    await expect(openCar(path.join(dir, 'absent'))).rejects.toThrow(code('PATH_NOT_FOUND'));
    expect(spawnSync('mkfifo', [path.join(dir, 'fifo')]).status).toBe(0);
    await expect(openCar(path.join(dir, 'fifo'))).rejects.toThrow(code('NOT_A_REGULAR_FILE'));
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(openCar(carFile(carOf([A])), LIMITS, { signal })).rejects.toThrow(code('INTERRUPTED'));
  });
});
