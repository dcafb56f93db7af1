import { describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../../../src/core/model/formats/index.ts';
import { done, expectRefused, safetensorsFile } from './support.ts';

const refuse = (bytes: Uint8Array, offset: number, says: string, fileSize = bytes.length): void =>
  expectRefused(() => parseSafetensors(bytes, fileSize), 'SAFETENSORS_INVALID', offset, says);

const entry = (dtype: string, shape: string, begin: number | string, end: number | string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
const encoder = new TextEncoder();

describe('the length of a safetensors header', () => {
  const length = (value: bigint, after = 0): Uint8Array => {
    const bytes = new Uint8Array(8 + after);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return bytes;
  };
  const cases: readonly (readonly [title: string, bytes: Uint8Array, offset: number, says: string])[] = [
    ['an empty file', new Uint8Array(0), 0, 'at least 8 bytes'],
    ['a file of seven bytes', new Uint8Array(7), 0, 'at least 8 bytes'],
    ['a length of 0', length(0n), 8, 'unexpected end'],
    ['a length beyond the file', length(3n, 2), 0, 'header of 3 bytes in a file of 10'],
    ['a length beyond the cap of the reference', length(100_000_001n), 0, 'at most 100000000'],
    ['a length of 2^63', length(2n ** 63n), 0, 'at most 100000000'],
    ['a length of 2^64-1', length(2n ** 64n - 1n), 0, 'at most 100000000'],
    ['a length of 60 in a file of 8 bytes (reference: test_invalid_header_length)', length(60n), 0, 'in a file of 8'],
  ];
  it.each(cases)('%s is refused', (_, bytes, offset, says) => refuse(bytes, offset, says));

  it('a header at the cap is asked for, not refused', () => {
    expect(parseSafetensors(length(100_000_000n), 100_000_008)).toEqual({ needBytes: 100_000_008 });
  });

  it('a file that cannot be safetensors is refused by its ninth byte, before the header is read', () => {
    refuse(Uint8Array.from([...length(5000n), 0x50]), 8, 'not a JSON object', 1_000_000);
  });

  it('the length is asked for first, then the whole header', () => {
    const bytes = safetensorsFile('{}   ');
    expect(parseSafetensors(bytes.subarray(0, 3), 13)).toEqual({ needBytes: 8 });
    expect(parseSafetensors(bytes.subarray(0, 8), 13)).toEqual({ needBytes: 13 });
    expect(done(parseSafetensors(bytes, 13))).toMatchObject({ headerLength: 13, tensors: [] });
  });
});

describe('the text of a safetensors header', () => {
  const w = entry('U8', '[4]', 0, 4);
  const cases: readonly (readonly [title: string, header: string | Uint8Array, offset: number, says: string])[] = [
    ['no UTF-8 (reference: test_invalid_header_non_utf8)', Uint8Array.of(0x7b, 0xff), 8, 'UTF-8'],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d), 8, 'not a JSON object'],
    ['an open brace alone (reference: test_invalid_header_not_json)', '{', 9, 'expected a member name'],
    ['an array', '[]', 8, 'not a JSON object'],
    ['white space alone', '    ', 12, 'unexpected end'],
    ['NUL padding', '{}\0\0', 10, 'unexpected text after the document'],
    ['a second document', '{}{}', 10, 'unexpected text after the document'],
    ['a duplicate tensor name', `{"w":${w},"w":${w}}`, 64, 'duplicate member "w"'],
    [
      'a duplicate name behind an escape',
      `{"w":${w},"\\u0077":${entry('F32', '[1]', 0, 4)}}`,
      69,
      'duplicate member "w"',
    ],
    [
      'a duplicate field',
      '{"w":{"dtype":"U8","dtype":"F32","shape":[4],"data_offsets":[0,4]}}',
      34,
      'duplicate member "dtype"',
    ],
    ['two __metadata__', '{"__metadata__":{},"__metadata__":{}}', 41, 'duplicate member "__metadata__"'],
    ['a number that is no integer', `{"w":${entry('U8', '[4.0]', 0, 4)}}`, 36, 'expected an integer'],
    ['an exponent', `{"w":${entry('U8', '[4]', 0, '4e0')}}`, 57, 'expected an integer'],
    ['an integer of 2^53', `{"w":${entry('U8', '[9007199254740992]', 0, 4)}}`, 36, 'beyond 2^53-1'],
    ['negative zero', `{"w":${entry('U8', '[4]', '-0', 4)}}`, 55, 'negative zero'],
    ['__proto__', `{"__proto__":${w}}`, 20, '__proto__'],
    ['a name with an escaped lone surrogate', `{"\\ud800":${w}}`, 17, 'lone surrogate'],
    ['nesting a thousand deep', `{"w":${'['.repeat(1000)}`, 76, 'nested deeper'],
  ];
  it.each(cases)('%s is refused', (_, header, offset, says) => refuse(safetensorsFile(header, 4), offset, says));

  it('offsets of errors count bytes, not characters', () => {
    const bytesBefore = (text: string): number => 8 + encoder.encode(text).length;
    const none = '"größe🦉":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
    refuse(safetensorsFile(`{${none},${none}}`), bytesBefore(`{${none},"größe🦉"`), 'duplicate');
    const second = '{"größe🦉":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b":1}';
    refuse(safetensorsFile(second), bytesBefore(second.slice(0, second.indexOf('"b"'))), '"b"');
  });

  it('leading white space, which loaders accept, is a note', () => {
    const file = safetensorsFile(`\n {"w":${w}} `, 4);
    const container = done(parseSafetensors(file, file.length));
    expect(container.notes).toEqual([expect.stringContaining('starts with white space')]);
    expect(container.tensors).toHaveLength(1);
  });
});

describe('a safetensors header that is large for nothing', () => {
  const many = (count: number, value: string): string => `${`${value},`.repeat(count - 1)}${value}`;

  it('is refused by the first entry that is no tensor, whatever follows', () => {
    const header = `{"w":{},${'"'.repeat(100_000)}`;
    refuse(safetensorsFile(header, 4), 9, 'expected a dtype');
  });

  it('is refused where a field that loaders ignore holds half a million values', () => {
    const start = '{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":[';
    const file = safetensorsFile(`${start}${many(500_000, '[]')}]}}`, 4);
    expect(() => parseSafetensors(file, file.length)).toThrow(/more than 500000 values/);
    const small = safetensorsFile(`${start}${many(400_000, '[]')}]}}`, 4);
    expect(done(parseSafetensors(small, small.length)).tensors).toHaveLength(1);
  });

  it('is refused where __metadata__ holds half a million strings', () => {
    const metadata = Array.from({ length: 500_000 }, (_, i) => `"${i}":""`).join(',');
    const file = safetensorsFile(`{"__metadata__":{${metadata}}}`);
    expect(() => parseSafetensors(file, file.length)).toThrow(/more than 500000 values/);
  });

  it('is refused with more than 500,000 tensors, without reading on', () => {
    const tensors = Array.from({ length: 500_001 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`);
    const header = `{${tensors.join()}`;
    refuse(safetensorsFile(`${header},!`), 9 + header.lastIndexOf('"500000"') - 1, 'more than 500000 tensors');
    const most = safetensorsFile(`${header.slice(0, header.lastIndexOf(',"500000"'))}}`);
    expect(done(parseSafetensors(most, most.length)).tensors).toHaveLength(500_000);
  });

  it('names a few of its unknown fields and counts no more than a thousand', () => {
    const fields = Array.from({ length: 2000 }, (_, i) => `"x${i}":0`).join(',');
    const file = safetensorsFile(`{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4],${fields}}}`, 4);
    expect(done(parseSafetensors(file, file.length)).notes.at(-1)).toBe(
      'at least 995 more unknown fields in tensor entries',
    );
  });
});
