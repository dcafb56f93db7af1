import { describe, expect, it } from 'vitest';
import { parseGguf } from '../../../../src/core/model/formats/index.ts';
import { done, expectRefused, fixture, GgufBytes } from './support.ts';

const F32 = 0;
const Q4_0 = 2;
const UINT32 = 4;
const STRING = 8;
const HEADER = 24;

const gguf = (): GgufBytes => new GgufBytes();
const refuse = (bytes: Uint8Array, offset: number, says: string): void =>
  expectRefused(() => parseGguf(bytes, bytes.length), 'GGUF_INVALID', offset, says);

describe('a GGUF tensor info', () => {
  const one = (): GgufBytes => gguf().header(1, 0);
  const name = 'w';
  const rank = HEADER + 9;
  const cases: readonly (readonly [title: string, bytes: GgufBytes, offset: number, says: string])[] = [
    ['a name of 65 bytes', one().tensor('w'.repeat(65), [1], F32, 0), HEADER, 'at most 64'],
    ['a name that is no UTF-8', one().tensor(Uint8Array.of(0xed, 0xa0, 0x80), [1], F32, 0), HEADER, 'not UTF-8'],
    ['a name with NUL', one().tensor('a\0', [1], F32, 0), HEADER, 'control character'],
    ['a name with a newline', one().tensor('a\nb', [1], F32, 0), HEADER, 'control character'],
    ['five dimensions', one().tensor(name, [1, 1, 1, 1, 1], F32, 0), rank, 'at most 4 dimensions, found 5'],
    ['2^32-1 dimensions', one().text(name).u32(0xffff_ffff), rank, 'at most 4 dimensions'],
    ['a dimension of 2^63', one().tensor(name, [2n ** 63n], F32, 0), rank + 4, 'beyond 2^53-1'],
    [
      'a shape that overflows',
      one().tensor(name, [4_194_305, 4_194_305, 211_106_198_978_564n], F32, 0),
      rank,
      'overflows',
    ],
    ['a shape that overflows before a 0', one().tensor(name, [2n ** 40n, 2n ** 40n, 0], F32, 0), rank, 'overflows'],
    ['a length that overflows', one().tensor(name, [2n ** 52n], F32, 0), rank, 'overflows'],
    ['a removed type', one().tensor(name, [32], 4, 0), rank + 12, 'unknown type 4 of tensor "w"'],
    ['a type out of the table', one().tensor(name, [32], 43, 0), rank + 12, 'unknown type 43'],
    ['type 2^32-1', one().tensor(name, [32], 0xffff_ffff, 0), rank + 12, 'unknown type 4294967295'],
    [
      'a row that is no whole block',
      one().tensor(name, [33, 32], Q4_0, 0),
      rank,
      'rows of tensor "w" have 33 elements',
    ],
    [
      'whole blocks only across rows',
      one().tensor(name, [16, 2], Q4_0, 0),
      rank,
      'have 16 elements, blocks of Q4_0 32',
    ],
    ['a scalar of a block type', one().tensor(name, [], Q4_0, 0), rank, 'have 1 elements'],
    [
      'an offset off the alignment',
      one().tensor(name, [1], F32, 16),
      rank + 16,
      'offset 16 of tensor "w" is not a multiple of 32',
    ],
    ['an offset of 2^60', one().tensor(name, [1], F32, 2n ** 60n), rank + 16, 'beyond 2^53-1'],
    ['an offset behind the file', one().tensor(name, [1], F32, 2n ** 52n), HEADER, 'of 96 bytes'],
    ['a length behind the file', one().tensor(name, [9], F32, 0), HEADER, 'ends at 100 of 96 bytes'],
    ['a zero-length tensor behind the file', one().tensor(name, [0], F32, 64), HEADER, 'ends at 128 of 96 bytes'],
    [
      'a name twice',
      gguf().header(2, 0).tensor('w', [1], F32, 0).tensor('w', [1], F32, 32),
      57,
      'duplicate tensor name "w"',
    ],
  ];
  it.each(cases)('%s is refused', (_, bytes, offset, says) => refuse(bytes.file(32), offset, says));

  it('a name of 64 bytes, rank 0, rank 4 and zero dimensions are read', () => {
    const bytes = gguf().header(4, 0);
    bytes.tensor('n'.repeat(64), [], F32, 0).tensor('four', [32, 1, 2, 1], Q4_0, 32);
    bytes.tensor('z', [0, 3], Q4_0, 96).tensor('', [32, 0], Q4_0, 96);
    const file = bytes.file(96);
    const { tensors, headerLength, regions } = done(parseGguf(file, file.length));
    const data = Math.ceil(headerLength / 32) * 32;
    const zero = { dtype: 'Q4_0', offset: data + 96, length: 0, parameters: 0 };
    expect(tensors).toEqual([
      { name: 'n'.repeat(64), dtype: 'F32', shape: [], offset: data, length: 4, parameters: 1 },
      { name: 'four', dtype: 'Q4_0', shape: [1, 2, 1, 32], offset: data + 32, length: 36, parameters: 64 },
      { ...zero, name: '', shape: [0, 32] },
      { ...zero, name: 'z', shape: [3, 0] },
    ]);
    expect(regions.map(({ tensor }) => tensor)).toEqual([undefined, undefined, 0, undefined, 1, undefined]);
  });
});

describe('the layout of a GGUF file', () => {
  const two = (a: number, b: number): GgufBytes =>
    gguf().header(2, 0).tensor('a', [8], F32, a).tensor('b', [8], F32, b);

  it('overlapping tensors are refused at the byte where the overlap starts', () => {
    refuse(
      gguf().header(2, 0).tensor('a', [9], F32, 0).tensor('b', [8], F32, 32).file(64),
      96 + 32,
      'tensor "b" overlaps',
    );
    refuse(two(0, 0).file(64), 96, 'tensor "b" overlaps');
  });

  it('a zero-length tensor inside another is refused', () => {
    const bytes = gguf().header(2, 0).tensor('a', [16], F32, 0).tensor('z', [0], F32, 32).file(64);
    refuse(bytes, 96 + 32, 'tensor "z" overlaps');
  });

  it('a gap, unordered infos and trailing bytes are ranges and notes', () => {
    const file = two(96, 0).file(96 + 32 + 100);
    const container = done(parseGguf(file, file.length));
    expect(container.tensors.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(container.regions).toEqual([
      { offset: 0, length: 90 },
      { offset: 90, length: 6 },
      { offset: 96, length: 32, tensor: 0 },
      { offset: 128, length: 64 },
      { offset: 192, length: 32, tensor: 1 },
      { offset: 224, length: 100 },
    ]);
    expect(container.notes).toEqual([
      'tensor data is not in the order of the tensor infos',
      '64 bytes between tensors that alignment does not explain',
      '100 bytes after the last tensor that alignment does not explain',
    ]);
  });

  it('a ZIP archive appended to a GGUF file is one trailing range and a note', () => {
    const bytes = fixture('gguf/no-tensors.gguf');
    const file = new Uint8Array(bytes.length + 22);
    file.set(bytes);
    const { regions, notes } = done(parseGguf(file, file.length));
    expect(regions).toEqual([
      { offset: 0, length: 68 },
      { offset: 68, length: 50 },
    ]);
    expect(notes).toEqual(['22 bytes after the last tensor that alignment does not explain']);
  });

  it('a zero-length tensor does not split a gap', () => {
    const file = gguf().header(2, 0).tensor('z', [0], F32, 0).tensor('w', [8], F32, 32).file(64);
    const { regions } = done(parseGguf(file, file.length));
    expect(regions).toEqual([
      { offset: 0, length: 90 },
      { offset: 90, length: 38 },
      { offset: 128, length: 32, tensor: 1 },
    ]);
  });

  it('a file that ends with its header has one region', () => {
    const file = gguf().header(0, 0).file();
    expect(done(parseGguf(file, file.length))).toEqual({
      format: 'gguf',
      headerLength: 24,
      tensors: [],
      regions: [{ offset: 0, length: 24 }],
      metadata: { entries: 0, chatTemplates: [] },
      notes: [],
    });
  });

  it.each([1, 8, 4096, 2 ** 31])('data starts at the next multiple of an alignment of %i', (alignment) => {
    const bytes = gguf().header(1, 1).text('general.alignment').u32(UINT32).u32(alignment).tensor('w', [1], F32, 0);
    const start = Math.ceil(bytes.length / alignment) * alignment;
    const { tensors } = done(parseGguf(bytes.file(), start + 4));
    expect(tensors[0]?.offset).toBe(start);
  });
});

describe('reading a GGUF header bit by bit', () => {
  it('asks for twice as much each time, and never for more than the file or the cap', () => {
    const bytes = gguf().header(0, 1).text('k').u32(STRING).u64(90_000_000).file();
    const asked: number[] = [];
    let given = 0;
    for (;;) {
      const prefix = new Uint8Array(given);
      prefix.set(bytes.subarray(0, given));
      const step = parseGguf(prefix, 2 ** 40);
      if ('done' in step) break;
      expect(step.needBytes).toBeGreaterThan(given);
      given = step.needBytes;
      asked.push(given);
    }
    expect(asked).toEqual([65_536, 90_000_045]);
    expect(parseGguf(bytes.subarray(0, 30), 50)).toEqual({ needBytes: 50 });
  });

  it('a header beyond 100,000,000 bytes is refused before more is asked for', () => {
    const bytes = gguf().header(0, 1).text('k').u32(STRING).u64(100_000_000).file();
    expectRefused(() => parseGguf(bytes, 2 ** 40), 'GGUF_INVALID', 45, 'beyond 100000000 bytes');
  });
});
