import { describe, expect, it } from 'vitest';
import { parseGguf, sniffGguf } from '../../../../src/core/model/formats/index.ts';
import { done, expectRefused, fixture, GgufBytes } from './support.ts';

const UINT8 = 0;
const UINT32 = 4;
const STRING = 8;
const ARRAY = 9;
const HEADER = 24;

const gguf = (): GgufBytes => new GgufBytes();
const refuse = (bytes: Uint8Array, offset: number, says: string): void =>
  expectRefused(() => parseGguf(bytes, bytes.length), 'GGUF_INVALID', offset, says);

describe('the first eight bytes', () => {
  const magic = [0x47, 0x47, 0x55, 0x46];
  it('GGUF and a little-endian 3 are a container', () => {
    expect(sniffGguf(Uint8Array.of(...magic, 3, 0, 0, 0))).toEqual({ kind: 'container', format: 'gguf' });
  });

  it.each([
    ['big-endian version 3', [...magic, 0, 0, 0, 3], 'big-endian GGUF version 3'],
    ['version 1', [...magic, 1, 0, 0, 0], 'GGUF version 1'],
    ['version 2', [...magic, 2, 0, 0, 0], 'GGUF version 2'],
    ['version 4', [...magic, 4, 0, 0, 0], 'GGUF version 4'],
    ['version 0', [...magic, 0, 0, 0, 0], 'GGUF version 0'],
    ['no version', [...magic, 3, 0, 0], 'without a version'],
  ])('%s is one region and a finding', (_, bytes, says) => {
    expect(sniffGguf(Uint8Array.from(bytes))).toEqual({ kind: 'plain', finding: expect.stringContaining(says) });
  });

  it.each([
    ['nothing', []],
    ['GGU', [0x47, 0x47, 0x55]],
    ['another case', [0x67, 0x67, 0x75, 0x66, 3, 0, 0, 0]],
    ['the older GGML magic', [0x6c, 0x6d, 0x67, 0x67, 3, 0, 0, 0]],
  ])('%s is plain, without a finding', (_, bytes) => {
    expect(sniffGguf(Uint8Array.from(bytes))).toEqual({ kind: 'plain' });
  });

  it('a big-endian file of the reference package is plain, and refused by the parser', () => {
    const bytes = fixture('gguf/big-endian.gguf');
    expect(sniffGguf(bytes.subarray(0, 8))).toEqual({ kind: 'plain', finding: expect.stringContaining('big-endian') });
    refuse(bytes, 0, 'big-endian');
  });

  it('without the magic the parser refuses', () => refuse(new Uint8Array(64), 0, 'expected the magic'));
});

describe('the counts of a GGUF header', () => {
  const cases: readonly (readonly [title: string, bytes: GgufBytes, offset: number, says: string])[] = [
    ['a key-value count of 2^63', gguf().header(0, 2n ** 63n), 16, 'beyond 2^53-1'],
    ['a tensor count of 2^64-1', gguf().header(2n ** 64n - 1n, 0), 8, 'beyond 2^53-1'],
    ['a tensor count of 2^53', gguf().header(2n ** 53n, 0), 8, 'beyond 2^53-1'],
    ['a tensor count of 2^53-1', gguf().header(2n ** 53n - 1n, 0), 8, 'at most 1000000'],
    ['100,001 key-values', gguf().header(0, 100_001), 16, 'at most 100000'],
    ['a count of key-values that are not there', gguf().header(0, 1), HEADER, 'the file has 24 bytes'],
    ['a count of tensors that are not there', gguf().header(1, 0), HEADER, 'the file has 24 bytes'],
    ['no counts', gguf().raw(0x47, 0x47, 0x55, 0x46).u32(3), 8, 'the file has 8 bytes'],
  ];
  it.each(cases)('%s is refused', (_, bytes, offset, says) => refuse(bytes.file(), offset, says));
});

describe('a GGUF key-value', () => {
  const one = (key: string | Uint8Array = 'k'): GgufBytes => gguf().header(0, 1).text(key);
  const value = HEADER + 9;
  const alignment = (type: number): GgufBytes => one('general.alignment').u32(type);
  const alignmentAt = HEADER + 8 + 17;
  const nested = (depth: number): GgufBytes => {
    const bytes = one().u32(ARRAY);
    for (let i = 1; i < depth; i++) bytes.u32(ARRAY).u64(1);
    return bytes.u32(UINT8).u64(0);
  };
  const cases: readonly (readonly [title: string, bytes: GgufBytes, offset: number, says: string])[] = [
    ['an empty key', one('').u32(UINT8).raw(1), HEADER, 'a key is empty'],
    ['a key that is no UTF-8', one(Uint8Array.of(0xc3, 0x28)).u32(UINT8).raw(1), HEADER, 'not UTF-8'],
    ['a key with NUL', one('a\0b').u32(UINT8).raw(1), HEADER, 'control character'],
    ['a key with ESC', one('a\u001b').u32(UINT8).raw(1), HEADER, 'control character'],
    ['a key of 65,536 bytes', one('k'.repeat(65_536)).u32(UINT8).raw(1), HEADER, 'at most 65535'],
    [
      'a key of 2^60 bytes',
      gguf()
        .header(0, 1)
        .u64(2n ** 60n),
      HEADER,
      'beyond 2^53-1',
    ],
    [
      'a duplicate key',
      gguf().header(0, 2).text('k').u32(UINT8).raw(1).text('k').u32(UINT8).raw(1),
      38,
      'duplicate key "k"',
    ],
    ['an unknown type', one().u32(13), value, 'unknown value type 13'],
    [
      'a string of 2^60 bytes',
      one()
        .u32(STRING)
        .u64(2n ** 60n),
      value + 4,
      'beyond 2^53-1',
    ],
    ['a string beyond the file', one().u32(STRING).u64(1), value + 12, 'a string ends at 46'],
    [
      'a string of 2^53-1 bytes',
      one()
        .u32(STRING)
        .u64(2n ** 53n - 1n),
      value + 12,
      'a string ends at',
    ],
    ['a scalar beyond the file', one().u32(12).u32(0), value + 4, 'a value ends at'],
    ['an array of an unknown type', one().u32(ARRAY).u32(99).u64(0), value + 4, 'unknown value type 99'],
    [
      'an array of 2^53-1 numbers',
      one()
        .u32(ARRAY)
        .u32(12)
        .u64(2n ** 53n - 1n),
      value + 16,
      'an array ends at',
    ],
    [
      'an array of 2^53-1 strings',
      one()
        .u32(ARRAY)
        .u32(STRING)
        .u64(2n ** 53n - 1n),
      value + 16,
      'the length of a string ends at',
    ],
    [
      'an array of 2^53-1 arrays',
      one()
        .u32(ARRAY)
        .u32(ARRAY)
        .u64(2n ** 53n - 1n),
      value + 16,
      'an array type ends at',
    ],
    ['arrays nested five deep', nested(5), value + 40, 'nested deeper than 4'],
    ['arrays nested a thousand deep', nested(1000), value + 40, 'nested deeper than 4'],
    ['alignment 0', alignment(UINT32).u32(0), alignmentAt, 'a power of two, found 0'],
    ['alignment 3', alignment(UINT32).u32(3), alignmentAt, 'a power of two, found 3'],
    ['alignment 48', alignment(UINT32).u32(48), alignmentAt, 'a power of two, found 48'],
    ['alignment 2^32-1', alignment(UINT32).u32(0xffff_ffff), alignmentAt, 'a power of two, found 4294967295'],
    ['alignment as a UINT64', alignment(10).u64(32), alignmentAt, 'expected general.alignment to be a UINT32'],
    ['alignment as a string', alignment(STRING).text('32'), alignmentAt, 'expected general.alignment to be a UINT32'],
  ];
  it.each(cases)('%s is refused', (_, bytes, offset, says) => refuse(bytes.file(), offset, says));

  it('arrays nested four deep are read', () => {
    const bytes = nested(4).file();
    expect(done(parseGguf(bytes, bytes.length)).metadata.entries).toBe(1);
  });

  it('a name that is no short text is left out and noted, a file type that is no UINT32 is left out', () => {
    const bytes = gguf().header(0, 4);
    bytes.text('general.architecture').u32(STRING).text(Uint8Array.of(0xff));
    bytes.text('general.name').u32(STRING).text('x'.repeat(1025));
    bytes.text('general.file_type').u32(UINT8).raw(7);
    bytes.text('tokenizer.chat_template').u32(STRING).text('{{ evil }}');
    const { metadata, notes } = done(parseGguf(bytes.file(), bytes.length));
    expect(metadata).toEqual({ entries: 4, chatTemplates: ['tokenizer.chat_template'] });
    expect(notes).toEqual([expect.stringContaining('general.architecture'), expect.stringContaining('general.name')]);
  });

  it('a list of template names is no template', () => {
    const bytes = gguf().header(0, 2);
    bytes.text('tokenizer.chat_templates').u32(ARRAY).u32(STRING).u64(1).text('tool_use');
    bytes.text('tokenizer.chat_template.tool_use').u32(STRING).text('{{ x }}');
    expect(done(parseGguf(bytes.file(), bytes.length)).metadata.chatTemplates).toEqual([
      'tokenizer.chat_template.tool_use',
    ]);
  });
});
