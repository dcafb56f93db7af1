import { describe, expect, it } from 'vitest';
import {
  isSafetensorsIndexName,
  isSafetensorsName,
  parseSafetensors,
} from '../../../../src/core/model/formats/index.ts';
import { done, expectRefused, safetensorsFile } from './support.ts';

const refuse = (bytes: Uint8Array, offset: number, says: string, fileSize = bytes.length): void =>
  expectRefused(() => parseSafetensors(bytes, fileSize), 'SAFETENSORS_INVALID', offset, says);

const entry = (dtype: string, shape: string, begin: number | string, end: number | string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
const encoder = new TextEncoder();

describe('an entry of a safetensors header', () => {
  const single = (value: string): string => `{"w":${value}}`;
  const cases: readonly (readonly [title: string, header: string, says: string])[] = [
    ['a name with NUL', `{"a\\u0000b":${entry('U8', '[4]', 0, 4)}}`, 'control character'],
    ['a name with a newline', `{"a\\nb":${entry('U8', '[4]', 0, 4)}}`, 'control character'],
    ['a name with DEL', `{"a\\u007f":${entry('U8', '[4]', 0, 4)}}`, 'control character'],
    ['a name with a C1 control', `{"a\\u009b":${entry('U8', '[4]', 0, 4)}}`, 'control character'],
    ['a string for an entry', single('"x"'), 'expected an object'],
    ['null for an entry', single('null'), 'expected an object'],
    ['an array for an entry', single('[]'), 'expected an object'],
    ['no dtype', single('{"shape":[4],"data_offsets":[0,4]}'), 'expected a dtype'],
    ['a number for a dtype', single('{"dtype":1,"shape":[4],"data_offsets":[0,4]}'), 'expected a dtype'],
    ['an unknown dtype', single(entry('F7', '[4]', 0, 4)), 'unknown dtype "F7"'],
    ['a dtype in lower case', single(entry('f32', '[1]', 0, 4)), 'unknown dtype "f32"'],
    ['a dtype named like a property', single(entry('constructor', '[1]', 0, 4)), 'unknown dtype'],
    ['no shape', single('{"dtype":"U8","data_offsets":[0,4]}'), 'expected a shape'],
    ['a shape that is no array', single(entry('U8', '4', 0, 4)), 'expected a shape'],
    ['a negative dimension', single(entry('U8', '[-4]', 0, 4)), 'expected a shape'],
    ['a dimension that is a string', single(entry('U8', '["4"]', 0, 4)), 'expected a shape'],
    ['rank 256', single(entry('U8', `[${Array(256).fill(1).join(',')}]`, 0, 1)), 'at most 255 dimensions'],
    [
      'a shape that overflows (safetensors-cpp)',
      single(entry('U8', '[4194305,4194305,211106198978564]', 0, 4)),
      'overflows',
    ],
    ['a shape that overflows before a 0', single(entry('U8', '[9007199254740991,2,0]', 0, 0)), 'overflows'],
    ['a length that overflows', single(entry('F64', '[9007199254740991]', 0, 4)), 'overflows'],
    ['no data_offsets', single('{"dtype":"U8","shape":[4]}'), 'expected two data_offsets'],
    ['one offset', single('{"dtype":"U8","shape":[4],"data_offsets":[4]}'), 'expected two data_offsets'],
    ['three offsets', single('{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}'), 'expected two data_offsets'],
    ['a negative offset', single(entry('U8', '[4]', -4, 0)), 'expected two data_offsets'],
    ['offsets in reverse', single(entry('U8', '[4]', 4, 0)), 'end before they begin'],
    ['an end behind the file', single(entry('U8', '[8]', 0, 8)), 'ends at 8 of 4 bytes'],
    ['an end of 2^53-1', single(entry('U8', '[4]', 0, '9007199254740991')), 'of 4 bytes of data'],
    ['a length that the shape does not make', single(entry('F32', '[2]', 0, 4)), 'its shape and dtype make 8'],
    ['an empty range for a scalar', single(entry('F32', '[]', 0, 0)), 'its shape and dtype make 4'],
    ['half a byte of F4', single(entry('F4', '[1]', 0, 1)), 'not a whole number of bytes'],
    ['three quarters of a byte of F6', single(entry('F6_E2M3', '[5]', 0, 4)), 'not a whole number of bytes'],
    ['__metadata__ that is no object', '{"__metadata__":[]}', 'map strings to strings'],
    ['__metadata__ that is null', '{"__metadata__":null}', 'map strings to strings'],
    ['__metadata__ with a number', '{"__metadata__":{"a":1}}', 'map strings to strings'],
    ['__metadata__ that nests', '{"__metadata__":{"a":{"b":"c"}}}', 'map strings to strings'],
  ];
  it.each(cases)('%s is refused', (_, header, says) => refuse(safetensorsFile(header, 4), 9, says));

  it('the error names the offset of the entry, in whatever order the header has them', () => {
    const header = `{"z":${entry('U8', '[2]', 2, 4)}, "deep":{"w":1},"__metadata__":{"w":"w","q":"\\"{[\\\\"},"w":${entry('F9', '[2]', 0, 2)}}`;
    const at = header.indexOf('"deep"');
    refuse(safetensorsFile(header, 4), 8 + at, 'expected a dtype');
    const fixed = header.replace('"deep":{"w":1},', '');
    refuse(safetensorsFile(fixed, 4), 8 + fixed.indexOf('"w":{'), 'unknown dtype');
  });

  it('unknown fields, which loaders ignore, are notes: five named, the rest counted', () => {
    const fields = Array.from({ length: 7 }, (_, i) => `"x${i}\\u001b":{"y":[${i}]}`).join(',');
    const header = `{"w":{${fields},"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`;
    const { notes } = done(parseSafetensors(safetensorsFile(header, 4), 12 + header.length));
    expect(notes).toHaveLength(6);
    expect(notes[0]).toContain(String.raw`"x0\x1b" in tensor entries, first in "w"`);
    expect(notes[5]).toBe('2 more unknown fields in tensor entries');
  });

  it('a name may be empty, a number, or that of an inherited property', () => {
    const header = `{"":${entry('U8', '[1]', 0, 1)},"7":${entry('U8', '[1]', 1, 2)},"toString":${entry('U8', '[2]', 2, 4)}}`;
    const { tensors } = done(parseSafetensors(safetensorsFile(header, 4), 12 + header.length));
    expect(tensors.map(({ name }) => name)).toEqual(['', '7', 'toString']);
  });
});

describe('the layout of a safetensors file', () => {
  const two = (a: string, b: string): string => `{"a":${a},"b":${b}}`;
  const at = (header: string, offset: number): number => 8 + header.length + offset;
  const cases: readonly (readonly [title: string, header: string, dataLength: number, offset: number, says: string])[] =
    [
      ['data without tensors', '{}', 1, 0, '1 bytes after the last tensor'],
      [
        'bytes after the last tensor',
        two(entry('U8', '[4]', 0, 4), entry('U8', '[4]', 4, 8)),
        9,
        8,
        '1 bytes after the last',
      ],
      [
        'a hole at the start',
        two(entry('U8', '[4]', 2, 6), entry('U8', '[2]', 6, 8)),
        8,
        0,
        'a hole of 2 bytes before tensor "a"',
      ],
      [
        'a hole between tensors',
        two(entry('U8', '[4]', 0, 4), entry('U8', '[2]', 6, 8)),
        8,
        4,
        'a hole of 2 bytes before tensor "b"',
      ],
      [
        'an overlap',
        two(entry('U8', '[4]', 0, 4), entry('U8', '[5]', 3, 8)),
        8,
        3,
        'tensor "b" overlaps the one before it by 1',
      ],
      ['two tensors on the same bytes', two(entry('U8', '[8]', 0, 8), entry('I64', '[]', 0, 8)), 8, 0, 'overlaps'],
      [
        'a zero-length tensor inside another',
        two(entry('U8', '[8]', 0, 8), entry('U8', '[0]', 4, 4)),
        8,
        4,
        'tensor "b" overlaps',
      ],
    ];
  it.each(cases)('%s is refused', (_, header, dataLength, offset, says) =>
    refuse(safetensorsFile(header, dataLength), at(header, offset), says),
  );

  it('a ZIP archive appended to a safetensors file is refused', () => {
    const header = `{"w":${entry('U8', '[4]', 0, 4)}}`;
    const bytes = Uint8Array.from([
      ...safetensorsFile(header, 4),
      ...encoder.encode('PK\u0005\u0006'),
      ...new Uint8Array(18),
    ]);
    refuse(bytes, at(header, 4), '22 bytes after the last tensor');
  });

  it('tensors come in file order, zero-length ones by name where they share an offset', () => {
    const header = `{"c":${entry('U8', '[2]', 2, 4)},"𐀀":${entry('U8', '[0]', 2, 2)},"￿":${entry('U8', '[0]', 2, 2)},"a":${entry('U8', '[2]', 0, 2)}}`;
    const file = safetensorsFile(header, 4);
    const { tensors, regions } = done(parseSafetensors(file, file.length));
    // U+FFFF sorts before U+10000 in UTF-8, and after it in UTF-16.
    expect(tensors.map(({ name }) => name)).toEqual(['a', '￿', '𐀀', 'c']);
    expect(regions.map(({ tensor }) => tensor)).toEqual([undefined, 0, 3]);
  });
});

describe('names of safetensors files', () => {
  it('are recognised by their exact last bytes', () => {
    expect(['m.safetensors', 'a/b.safetensors', '.safetensors'].map(isSafetensorsName)).toEqual([true, true, true]);
    expect(['m.SAFETENSORS', 'm.safetensors.bak', 'safetensors', ''].map(isSafetensorsName)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(['model.safetensors.index.json', 'model.index.json', 'x.safetensors'].map(isSafetensorsIndexName)).toEqual([
      true,
      false,
      false,
    ]);
  });
});
