import { createReadStream, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CarBlockIterator } from '@ipld/car';
import { describe, expect, it } from 'vitest';
import {
  carBytes,
  carLength,
  type Dag,
  formatCid,
  modelDag,
  openCar,
  writeCar,
} from '../../../../src/core/ipfs/index.ts';
import { MIB, modelOf, tempDir } from '../../model/support.ts';
import { blocksOf } from '../support.ts';

const FILES = {
  'big.bin': Buffer.alloc(3 * MIB + 1, 'big'),
  'again.bin': Buffer.alloc(3 * MIB + 1, 'big'),
  empty: '',
  // A frame's length takes another byte from 128 on, and from 16,384 on.
  ...Object.fromEntries(
    [91, 92, 127, 128, 16_347, 16_348].map((size) => [`f${size}`, Buffer.alloc(size, String(size))]),
  ),
};
const dagOf = (model: string): Promise<Dag> => modelDag(model, { release: false, ignored: [], allowSymlinks: false });

describe('writeCar', () => {
  it('writes what the maintained reader reads: the root, and each block once, in order', async () => {
    const dag = await dagOf(modelOf(FILES));
    const file = path.join(tempDir(), 'x.car');
    await writeCar(file, dag);
    const theirs = await CarBlockIterator.fromIterable(createReadStream(file));
    expect((await theirs.getRoots()).map(String)).toEqual([formatCid(dag.root)]);
    const read: string[] = [];
    for await (const { cid } of theirs) read.push(cid.toString());
    expect(read).toEqual((await blocksOf(dag)).map(({ cid }) => formatCid(cid)));
    expect(new Set(read).size).toBe(read.length);
  });

  it('knows the length before, and writes the same bytes again', async () => {
    const model = modelOf(FILES);
    const dag = await dagOf(model);
    const dir = tempDir();
    await writeCar(path.join(dir, 'a.car'), dag);
    await writeCar(path.join(dir, 'b.car'), await dagOf(model));
    const a = readFileSync(path.join(dir, 'a.car'));
    expect(a.equals(readFileSync(path.join(dir, 'b.car')))).toBe(true);
    expect(a.length).toBe(carLength(dag));
    const parts: Uint8Array[] = [];
    for await (const part of carBytes(dag)) parts.push(part);
    expect(Buffer.concat(parts).equals(a)).toBe(true);
  });

  it('writes what our own reader holds to be whole', async () => {
    const dag = await dagOf(modelOf(FILES));
    const file = path.join(tempDir(), 'x.car');
    await writeCar(file, dag);
    const car = await openCar(file);
    expect([car.blockCount, car.frameCount]).toEqual([dag.blockCount, dag.blockCount]);
    for (const { cid, bytes } of await blocksOf(dag)) expect(Buffer.from(await car.get(cid)).equals(bytes)).toBe(true);
    await car.close();
  });

  it('tells how far it is', async () => {
    const dag = await dagOf(modelOf(FILES));
    const done: number[] = [];
    await writeCar(path.join(tempDir(), 'x.car'), dag, { onProgress: (event) => done.push(event.done) });
    expect(done.at(-1)).toBe(carLength(dag));
  });

  it('leaves nothing behind where a file changed meanwhile, and what was there before', async () => {
    const model = modelOf(FILES);
    const dag = await dagOf(model);
    writeFileSync(path.join(model, 'f128'), 'changed');
    const dir = tempDir();
    writeFileSync(path.join(dir, 'x.car'), 'old');
    await expect(writeCar(path.join(dir, 'x.car'), dag)).rejects.toThrow(
      expect.objectContaining({ code: 'FILE_CHANGED' }),
    );
    expect(readdirSync(dir)).toEqual(['x.car']);
    expect(readFileSync(path.join(dir, 'x.car'), 'utf8')).toBe('old');
  });

  it('leaves nothing behind where it is interrupted', async () => {
    const dag = await dagOf(modelOf(FILES));
    const file = path.join(tempDir(), 'x.car');
    const stop = new AbortController();
    const written = writeCar(file, dag, { signal: stop.signal });
    stop.abort();
    await expect(written).rejects.toThrow(expect.objectContaining({ code: 'INTERRUPTED' }));
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(path.dirname(file))).toEqual([]);
  });

  it('does not write through a link', async () => {
    const dir = tempDir();
    writeFileSync(path.join(dir, 'target'), 'old');
    symlinkSync('target', path.join(dir, 'x.car'));
    const dag = await dagOf(modelOf({ a: 'a' }));
    await expect(writeCar(path.join(dir, 'x.car'), dag)).rejects.toThrow(
      expect.objectContaining({ code: 'SYMLINK_REFUSED' }),
    );
    expect(statSync(path.join(dir, 'target')).size).toBe(3);
  });
});
