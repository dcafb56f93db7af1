import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { coded, makeFolder, writeFile } from './support.ts';

let dir: string;
beforeEach(() => {
  dir = makeFolder();
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const write = (name: string, content: string): string => writeFile(dir, name, content);

/** Digests the log and does something to it after the last byte was read but before it is looked at again. */
async function digestWhile(file: string, act: () => void): Promise<unknown> {
  const size = fs.statSync(file).size;
  return await digestLog(file, { onProgress: ({ done }) => (done === size && size > 0 ? act() : undefined) });
}

describe('digestLog notices that the log', () => {
  it.each(['grew', 'shrank'])('%s before its first byte was read', async (how) => {
    const file = write('train.log', 'a\nb\n');
    const act = (): void => (how === 'grew' ? fs.appendFileSync(file, 'c\n') : fs.truncateSync(file, 2));
    const digest = digestLog(file, { onProgress: ({ done }) => (done === 0 ? act() : undefined) });
    await expect(digest).rejects.toEqual(coded('FILE_CHANGED'));
  });

  it('grew while its last bytes were read', async () => {
    const file = write('train.log', 'a\nb\n');
    await expect(digestWhile(file, () => fs.appendFileSync(file, 'c\n'))).rejects.toEqual(coded('FILE_CHANGED'));
  });

  it('grew although its time says that it did not', async () => {
    const file = write('train.log', 'a\nb\n');
    const time = new Date(1_700_000_000_000);
    fs.utimesSync(file, time, time);
    const act = (): void => {
      fs.appendFileSync(file, 'c\n');
      fs.utimesSync(file, time, time);
    };
    await expect(digestWhile(file, act)).rejects.toEqual(coded('FILE_CHANGED'));
  });

  it('was written to in place', async () => {
    const file = write('train.log', 'a\nb\n');
    await expect(digestWhile(file, () => fs.writeFileSync(file, 'a\nc\n'))).rejects.toEqual(coded('FILE_CHANGED'));
  });

  it('was replaced by another of the same bytes, size and time', async () => {
    const file = write('train.log', 'a\nb\n');
    const other = write('other.log', 'a\nb\n');
    const time = new Date(1_700_000_000_000);
    fs.utimesSync(file, time, time);
    fs.utimesSync(other, time, time);
    await expect(digestWhile(file, () => fs.renameSync(other, file))).rejects.toEqual(coded('FILE_CHANGED'));
  });

  it('was removed', async () => {
    const file = write('train.log', 'a\nb\n');
    await expect(digestWhile(file, () => fs.rmSync(file))).rejects.toEqual(coded('FILE_CHANGED'));
  });

  it('did not change, however often it is read', async () => {
    const file = write('train.log', 'a\nb\n');
    const read = await digestWhile(file, () => fs.readFileSync(file));
    expect(await digestLog(file, {})).toEqual(read);
  });
});
