import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStemmaError, type StemmaError } from '../../../src/core/errors/index.ts';
import { flipBit } from '../merkle/support.ts';
import { cut, frame, newTree, rootOfRecords, treeOf } from './support.ts';

const datas = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });

function refusal(data: Uint8Array): StemmaError | undefined {
  try {
    treeOf('tfrecord', [data]);
  } catch (error) {
    if (isStemmaError(error)) return error;
    throw error;
  }
  return undefined;
}

describe('a TFRecord file', () => {
  it('has a record a frame, header and checksums included', () => {
    fc.assert(
      fc.property(datas, (datas) => {
        const frames = datas.map((data) => frame(data));
        const expected = { size: frames.length, root: rootOfRecords(frames), truncated: false };
        expect(treeOf('tfrecord', [Buffer.concat(frames)])).toEqual(expected);
      }),
    );
  });

  it('has the same tree wherever its chunks are cut', () => {
    fc.assert(
      fc.property(datas, fc.array(fc.nat(300), { maxLength: 12 }), (datas, offsets) => {
        const file = Buffer.concat(datas.map((data) => frame(data)));
        const at = offsets.map((offset) => Math.min(offset, file.length));
        const whole = treeOf('tfrecord', [file]);
        expect(treeOf('tfrecord', cut(file, at))).toEqual(whole);
        const bytes = Array.from(file, (_, i) => i);
        expect(treeOf('tfrecord', cut(file, bytes))).toEqual(whole);
      }),
    );
  });

  it('cut off at any byte ends in one record that is flagged, unless the cut is between frames', () => {
    const frames = ['first', '', 'third'].map((data) => frame(Buffer.from(data)));
    const file = Buffer.concat(frames);
    const ends = [0, frames[0]!.length, frames[0]!.length + frames[1]!.length, file.length];
    for (let length = 0; length <= file.length; length++) {
      const whole = ends.findLastIndex((end) => end <= length);
      const records = frames.slice(0, whole);
      const truncated = length > ends[whole]!;
      if (truncated) records.push(file.subarray(ends[whole], length));
      const expected = { size: records.length, root: rootOfRecords(records), truncated };
      expect(treeOf('tfrecord', [file.subarray(0, length)])).toEqual(expected);
    }
  });

  it('refuses every flipped bit, at the offset of the checksum that found it', () => {
    const file = Buffer.concat([frame(Buffer.from('data')), frame(Buffer.from('more'))]);
    const frameBytes = file.length / 2;
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const within = Math.floor(bit / 8) % frameBytes;
      const start = Math.floor(bit / 8) - within;
      const error = refusal(flipBit(file, bit));
      expect(error?.code).toBe('LOG_INVALID');
      // The length's checksum stands at 8, the data's after the data.
      expect(error?.details).toEqual({ offset: start + (within < 12 ? 8 : 16), index: start / frameBytes });
    }
  });

  it('says which record, what was expected and what was found', () => {
    const file = Buffer.concat([frame(Buffer.from('data')), Buffer.alloc(12)]);
    expect(refusal(file)?.message).toMatch(
      /^checksum of the length of TFRecord 2: expected 0x[0-9a-f]{8}, found 0x00000000 \(offset 28\)$/,
    );
  });

  it('refuses plain checksums, which were not masked', () => {
    const header = Buffer.alloc(12);
    header.writeUInt32LE(0x8c28b28a, 8); // CRC-32C of eight zeros
    expect(refusal(header)?.code).toBe('LOG_INVALID');
  });

  it('refuses a big-endian length', () => {
    const file = frame(Buffer.from('data'));
    file.subarray(0, 8).reverse();
    expect(refusal(file)?.code).toBe('LOG_INVALID');
  });

  it.each([
    ['2^31', 2n ** 31n],
    ['2^53 + 1', 2n ** 53n + 1n],
    ['2^63', 2n ** 63n],
    ['2^64 - 1', 2n ** 64n - 1n],
  ])('that claims a length of %s is cut off, and nothing is allocated for it', (_, length) => {
    const before = process.memoryUsage().arrayBuffers;
    const tail = frame(Buffer.alloc(1000, 7), length);
    const whole = frame(Buffer.from('data'));
    const expected = { size: 2, root: rootOfRecords([whole, tail]), truncated: true };
    expect(treeOf('tfrecord', [Buffer.concat([whole, tail])])).toEqual(expected);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });

  it('reports leaves of whole frames before the frame that is refused', () => {
    const seen: number[] = [];
    const tree = newTree('tfrecord', (_, index) => seen.push(index));
    const bad = flipBit(frame(Buffer.from('bad')), 8 * 13);
    const file = Buffer.concat([frame(Buffer.from('a')), frame(Buffer.from('b')), bad]);
    expect(() => tree.push(file)).toThrow(expect.objectContaining({ code: 'LOG_INVALID' }));
    expect(seen).toEqual([0, 1]);
  });

  it('is not read as lines, nor lines as frames', () => {
    const file = Buffer.concat([frame(Buffer.from('a\nb\n')), frame(Buffer.from('c'))]);
    expect(treeOf('lf', [file]).root).not.toEqual(treeOf('tfrecord', [file]).root);
    expect(refusal(Buffer.from('{"loss": 0.25, "epoch": 1}\n'))?.code).toBe('LOG_INVALID');
  });
});
