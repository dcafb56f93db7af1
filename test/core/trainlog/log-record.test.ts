import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/digest/index.ts';
import { leafHash, verifyInclusion } from '../../../src/core/merkle/index.ts';
import { RECORD_TAG } from '../../../src/core/records/index.ts';
import { digestLog, type LogDigest, type LoggedRecord, readLogRecord } from '../../../src/core/trainlog/index.ts';
import { frame } from '../records/support.ts';
import { coded, makeFolder, writeFile } from './support.ts';

let dir: string;
beforeEach(() => {
  dir = makeFolder();
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const write = (name: string, content: Uint8Array | string): string => writeFile(dir, name, content);
const LINES = Array.from({ length: 300 }, (_, i) => `{"step":${i},"accuracy":${i / 1000}}\n`).join('');

function isIncluded({ index, bytes, path }: LoggedRecord, { size, digests }: LogDigest): boolean {
  return verifyInclusion(sha256, {
    index: BigInt(index),
    size: BigInt(size),
    leafHash: leafHash(sha256, Buffer.concat([RECORD_TAG, bytes])),
    proof: path,
    root: Buffer.from(digests['stemmaLogTreeV1'] ?? '', 'hex'),
  });
}

describe('readLogRecord', () => {
  it.each([1, 2, 118, 256, 257, 300])('takes record %d with its path out of one read', async (number) => {
    const file = write('eval.jsonl', LINES);
    const { log, record, header, format } = await readLogRecord(file, number, {});
    expect([format, header, log]).toEqual(['jsonl', undefined, await digestLog(file, {})]);
    expect(Buffer.from(record.bytes).toString()).toBe(`{"step":${number - 1},"accuracy":${(number - 1) / 1000}}\n`);
    expect(isIncluded(record, log)).toBe(true);
    expect(isIncluded({ ...record, index: record.index + 1 }, log)).toBe(false);
    expect(isIncluded({ ...record, bytes: Buffer.from('{}\n') }, log)).toBe(false);
  });

  it('takes the header of CSV as well', async () => {
    const { log, record, header } = await readLogRecord(write('m.csv', 'epoch,acc\n1,0.5\n2,0.75'), 3, {});
    expect(Buffer.from(record.bytes).toString()).toBe('2,0.75');
    expect(header?.index).toBe(0);
    expect([record, header!].every((each) => isIncluded(each, log))).toBe(true);
  });

  it('counts the frames of a TensorBoard file', async () => {
    const frames = ['one', 'two', 'three'].map((data) => frame(Buffer.from(data)));
    const { log, record } = await readLogRecord(write('e.tfevents.1', Buffer.concat(frames)), 2, {});
    expect(Buffer.from(record.bytes)).toEqual(frames[1]);
    expect(isIncluded(record, log)).toBe(true);
  });
});

describe('readLogRecord refuses', () => {
  it.each<[string, string, Uint8Array | string, number, RegExp]>([
    ['a record beyond the end', 'a.jsonl', '{}\n{}\n', 3, /there are 2/],
    ['any record of an empty log', 'a.jsonl', '', 1, /there are 0/],
    ['the header of CSV', 'a.csv', 'acc\n1\n', 1, /is its header/],
    ['a frame that is cut off', 'a.tfevents.1', frame(Buffer.from('one')).subarray(0, 14), 1, /is cut off/],
  ])('%s', async (_, name, content, number, message) => {
    const reading = readLogRecord(write(name, content), number, {});
    await expect(reading).rejects.toEqual(coded('USAGE'));
    await expect(reading).rejects.toThrow(message);
  });

  it('a record of 10 MB, naming the file; beside another it does not matter', async () => {
    const file = write('a.jsonl', `{"x":"${'x'.repeat(10_000_000)}"}\n{"acc":1}\n`);
    await expect(readLogRecord(file, 1, {})).rejects.toEqual(coded('TOO_LARGE'));
    await expect(readLogRecord(file, 1, {})).rejects.toThrow(/^"a\.jsonl": record 1 has more than 65536 bytes/);
    expect((await readLogRecord(file, 2, {})).record.index).toBe(1);
  });

  it('a log that is not there', async () => {
    await expect(readLogRecord(`${dir}/none.jsonl`, 1, {})).rejects.toEqual(coded('PATH_NOT_FOUND'));
  });
});
