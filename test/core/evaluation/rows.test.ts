import { describe, expect, it } from 'vitest';
import { csvFields } from '../../../src/core/evaluation/csv-line.ts';
import {
  isRecordable,
  parseDecimal,
  readFields,
  readHeader,
  readJsonRow,
  rowFormatOf,
} from '../../../src/core/evaluation/index.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const coded = (code: string): object => expect.objectContaining({ code });

describe('a line of CSV', () => {
  it.each<[string, readonly string[]]>([
    ['a,b,c', ['a', 'b', 'c']],
    ['', ['']],
    [',', ['', '']],
    ['a,', ['a', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""hi""",2', ['say "hi"', '2']],
    ['"",""', ['', '']],
    [' a , b ', [' a ', ' b ']],
    ['"a"', ['a']],
  ])('%j has the fields %j', (line, fields) => {
    expect(csvFields(line, ',')).toEqual(fields);
    expect(csvFields(line.replaceAll(',', '\t'), '\t')).toEqual(fields.map((field) => field.replaceAll(',', '\t')));
  });

  it.each([
    ['a quoted field that goes on in the next record', '1,"first line', /records are lines/],
    ['a quote inside a field that is not quoted', 'a"b,c', /not quoted/],
    ['text after a quoted field', '"a"b,c', /after a quoted field/],
    ['a quote alone', '"', /still open/],
    ['a doubled quote and no end', '"a""', /still open/],
  ])('with %s is refused', (_, line, message) => {
    expect(() => csvFields(line, ',')).toThrow(coded('LOG_INVALID'));
    expect(() => csvFields(line, ',')).toThrow(message);
  });
});

describe('a row', () => {
  it('of JSON Lines is an object, whatever ends its line', () => {
    for (const end of ['', '\n', '\r\n'])
      expect([...readJsonRow(bytes(`{"y":1,"s":"a"}${end}`))]).toEqual([
        ['y', 1],
        ['s', 'a'],
      ]);
  });

  it.each([
    ['an empty line', '\n', 'LOG_INVALID'],
    ['a list', '[1]\n', 'LOG_INVALID'],
    ['null', 'null\n', 'LOG_INVALID'],
    ['a number', '1\n', 'LOG_INVALID'],
    ['a member twice', '{"y":1,"y":0}\n', 'JSON_INVALID'],
    ['NaN, as Python writes it', '{"y":NaN}\n', 'JSON_INVALID'],
    ['Infinity', '{"y":-Infinity}\n', 'JSON_INVALID'],
    ['two objects', '{"y":1}{"y":2}\n', 'JSON_INVALID'],
    ['__proto__', '{"__proto__":1}\n', 'JSON_INVALID'],
    ['33 levels', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}\n`, 'JSON_INVALID'],
    ['invalid UTF-8', '{"y":"\u00ff"}\n', 'ENCODING_INVALID'],
  ])('of JSON Lines is not %s', (_, text, code) => {
    const record = code === 'ENCODING_INVALID' ? Buffer.from(text, 'latin1') : bytes(text);
    expect(() => readJsonRow(record)).toThrow(coded(code));
  });

  it('of CSV has the names of the header', () => {
    const header = readHeader(bytes('y,"a,b"\r\n'), 'csv');
    expect([...readFields(bytes('1,x\n'), header, 'csv')]).toEqual([
      ['y', '1'],
      ['a,b', 'x'],
    ]);
    expect(() => readFields(bytes('1\n'), header, 'csv')).toThrow(/expected 2 fields/);
    expect(() => readFields(bytes('1,2,3\n'), header, 'csv')).toThrow(coded('LOG_INVALID'));
    expect(() => readFields(bytes('\n'), header, 'csv')).toThrow(coded('LOG_INVALID'));
  });

  it.each([['y,y\n'], ['y,\n'], ['\n'], ['\ufeffy,x\n']])('of CSV has no header %j', (header) => {
    expect(() => readHeader(bytes(header), 'csv')).toThrow();
  });

  it('is told by the ending of the name', () => {
    const names = ['p.jsonl', 'p.csv', 'P.TSV', 'p.csv.jsonl', 'csv'];
    expect(names.map(rowFormatOf)).toEqual(['jsonl', 'csv', 'tsv', 'jsonl', 'jsonl']);
  });
});

describe('decimal text', () => {
  it.each([
    ['0.97', 0.97],
    ['-1.5e-05', -1.5e-5],
    ['+2.', 2],
    ['.5', 0.5],
    ['-0', 0],
    ['007', 7],
  ])('%j is %d', (text, value) => expect(parseDecimal(text)).toBe(value));

  it.each([
    '',
    'nan',
    'NaN',
    'inf',
    '-Infinity',
    '0x10',
    '1_000',
    ' 1',
    '1 ',
    '1e999',
    '.',
    '1e',
    '1,5',
    '١',
    '1'.repeat(401),
  ])('%j is no number', (text) => expect(parseDecimal(text)).toBeUndefined());

  it('is recordable unless it would come back as another number', () => {
    expect([0, 0.5, -3, 1e-300, 2 ** 53 - 1].every(isRecordable)).toBe(true);
    expect([2 ** 53, 1e21, Number.NaN, Infinity, -0].some(isRecordable)).toBe(false);
  });
});
