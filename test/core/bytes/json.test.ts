import { array, check, constantFrom, jsonValue, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8, type JsonLimits, parseJson } from '../../../src/core/bytes/index.ts';
import { StemmaError } from '../../../src/core/errors/index.ts';
import { codeOf } from './support.ts';

const LIMITS: JsonLimits = { maxBytes: 1 << 20, what: 'document' };
const parse = (text: string, limits: Partial<JsonLimits> = {}) => parseJson(text, { ...LIMITS, ...limits });

/** Written in digits alone, and beyond 2^53-1. */
const isLargeInteger = (value: unknown): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(String(value));

describe('strict JSON', () => {
  it('reads what JSON.stringify writes, from text and from bytes', () => {
    const result = check(
      property(jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(value);
        let isStrict = true;
        const expected: unknown = JSON.parse(text, (key, part: unknown) => {
          if (key === '__proto__' || isLargeInteger(part)) isStrict = false;
          return part;
        });
        if (!isStrict) return;
        expect(parse(text)).toEqual(expected);
        expect(parseJson(encodeUtf8(text), LIMITS)).toEqual(expected);
      }),
    );
    expect(result.errorInstance).toBeNull();
  });

  it('is never accepted where JSON.parse refuses', () => {
    const tokens = constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'a',
      '1',
      '-',
      '0',
      '.',
      'e',
      ' ',
      'null',
      '"b"',
    );
    const result = check(
      property(array(tokens, { maxLength: 10 }), (parts) => {
        const text = parts.join('');
        let ours: unknown;
        try {
          ours = parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(StemmaError);
          return;
        }
        expect(ours).toEqual(JSON.parse(text));
      }),
    );
    expect(result.errorInstance).toBeNull();
  });

  it('fails with a coded error for any bytes', () => {
    const result = check(
      property(uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          parseJson(bytes, LIMITS);
        } catch (error) {
          expect(error).toBeInstanceOf(StemmaError);
        }
      }),
    );
    expect(result.errorInstance).toBeNull();
  });

  it.each([
    [' \t\r\n[ 1 , 2 ] \n', [1, 2]],
    ['"\\u0041\\n\\/\\"\\\\"', 'A\n/"\\'],
    ['"\\ud83d\\ude00"', '\u{1f600}'],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['0.5', 0.5],
    ['1e3', 1000],
    ['{"constructor":1,"toString":2,"":3}', { constructor: 1, toString: 2, '': 3 }],
  ])('reads %j', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['text after the document', '{} {}'],
    ['a comma after the document', '1,'],
    ['a duplicate member', '{"a":1,"a":1}'],
    ['a duplicate member, spelled otherwise', '{"a":1,"\\u0061":1}'],
    ['a duplicate member deep inside', '[{"x":{"b":1,"c":2,"b":3}}]'],
    ['the member __proto__', '{"__proto__":{}}'],
    ['the member __proto__, spelled otherwise', '{"\\u005f_proto__":{}}'],
    ['a lone high surrogate', '"\\ud800"'],
    ['a lone low surrogate', '"\\udc00x"'],
    ['surrogates the wrong way round', '"\\udc00\\ud800"'],
    ['a lone surrogate in a member name', '{"\\ud800":1}'],
    ['an integer of 2^53', '9007199254740992'],
    ['an integer of -2^53', '-9007199254740992'],
    ['a number that overflows', '1e999'],
    ['a negative zero', '-0'],
    ['a negative zero with a fraction', '-0.0'],
    ['a number that underflows to a negative zero', '-1e-999'],
    ['a leading zero', '01'],
    ['a leading plus', '+1'],
    ['a number without integer part', '.5'],
    ['a number without fraction', '1.'],
    ['a number without exponent', '1e'],
    ['a hexadecimal number', '0x10'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['a minus alone', '-'],
    ['a word cut short', 'tru'],
    ['a word that goes on', 'nullx'],
    ['capitals', 'True'],
    ['a comma at the end of an array', '[1,]'],
    ['a comma at the end of an object', '{"a":1,}'],
    ['a comma alone', '[,]'],
    ['two commas', '[1,,2]'],
    ['an array that does not end', '[1'],
    ['an array closed as an object', '[1}'],
    ['an object that does not end', '{"a":1'],
    ['an object closed as an array', '{"a":1]'],
    ['a member without a colon', '{"a" 1}'],
    ['a member without a value', '{"a":}'],
    ['a member name without quotes', '{a:1}'],
    ['a member name in single quotes', "{'a':1}"],
    ['a member that is a number', '{1:1}'],
    ['a string that does not end', '"abc'],
    ['a string that ends in a backslash', '"abc\\'],
    ['a string with a line feed', '"a\nb"'],
    ['a string with a NUL', '"a\u0000"'],
    ['a control character after an escape', '"\\n\u001f"'],
    ['an unknown escape', '"\\x41"'],
    ['a capital \\U', '"\\U0041"'],
    ['a \\u escape cut short', '"\\u004"'],
    ['a \\u escape that is no number', '"\\u00g0"'],
    ['a \\u escape with a sign', '"\\u+041"'],
    ['a comment', '/* a */ 1'],
    ['a byte order mark', '\ufeff1'],
    ['a no-break space', '\u00a01'],
    ['a vertical tab', '\v1'],
  ])('refuses %s', (_, text) => {
    const error = codeOf(() => parse(text), 'JSON_INVALID');
    expect(error.details).toEqual({ offset: expect.any(Number) });
    expect(error.message).toMatch(/^document is not strict JSON: /);
  });

  it('gives the offset of what is wrong', () => {
    expect(codeOf(() => parse('{"a":1,"b":x}'), 'JSON_INVALID').details).toEqual({ offset: 11 });
  });

  it('escapes what it repeats', () => {
    const { message } = codeOf(() => parse('{"\\u001b[31m":1,"\\u001b[31m":1}'), 'JSON_INVALID');
    expect(message).toContain('\\x1b[31m');
    expect(message).not.toContain('\u001b');
  });

  it.each([
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)],
    ['an invalid sequence', Uint8Array.of(0x22, 0xff, 0x22)],
    ['an overlong encoding', Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
    ['an encoded surrogate', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['a sequence cut short', Uint8Array.of(0x22, 0xe2, 0x82)],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x31, 0x00)],
  ])('refuses bytes with %s', (_, bytes) => {
    codeOf(() => parseJson(bytes, LIMITS), 'ENCODING_INVALID');
  });

  it('refuses text with a lone surrogate', () => {
    codeOf(() => parse('"\ud800"'), 'ENCODING_INVALID');
  });

  it('refuses more bytes than allowed, before it looks at them', () => {
    expect(parse('[1]', { maxBytes: 3 })).toEqual([1]);
    codeOf(() => parseJson(new Uint8Array(4).fill(0xff), { ...LIMITS, maxBytes: 3 }), 'TOO_LARGE');
  });

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('refuses %s nested deeper than allowed', (_, open, close) => {
    const nested = (depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`;
    expect(parse(nested(64))).toBeDefined();
    codeOf(() => parse(nested(65)), 'JSON_INVALID');
    codeOf(() => parse(nested(3), { maxDepth: 2 }), 'JSON_INVALID');
    codeOf(() => parse(open.repeat(200_000)), 'JSON_INVALID');
  });

  it.each([1, 2, 15, 16, 17, 18, 40])('reads an array of %i values whole', (length) => {
    const values = Array.from({ length }, (_, i) => i);
    expect(parse(JSON.stringify([values, values]))).toEqual([values, values]);
  });
});

describe('the number of values in a document', () => {
  it('is capped, however small they are', () => {
    expect(parse('[1,[],"a",{"b":null}]', { maxValues: 6 })).toEqual([1, [], 'a', { b: null }]);
    codeOf(() => parse('[1,[],"a",{"b":null}]', { maxValues: 5 }), 'TOO_LARGE');
    codeOf(() => parse('[[],[],[],'.repeat(2), { maxValues: 4 }), 'TOO_LARGE');
  });

  it('is capped at two million where nothing else is said', () => {
    const text = `[${'0,'.repeat(2_000_000)}0]`;
    codeOf(() => parse(text, { maxBytes: text.length }), 'TOO_LARGE');
  });
});

describe('the members of the top-level object, taken one by one', () => {
  const members = (text: string, limits: Partial<JsonLimits> = {}): unknown[] => {
    const out: unknown[] = [];
    const value = parse(text, { ...limits, onMember: (...member) => out.push(member) });
    expect(value).toEqual({});
    return out;
  };

  it('come in order with the offset of their name, and are not kept', () => {
    expect(members(' { "a" : {"b":1} ,\n"c":[]}')).toEqual([
      ['a', { b: 1 }, 3],
      ['c', [], 19],
    ]);
    expect(members('{}')).toEqual([]);
  });

  it('count for themselves', () => {
    expect(members('{"a":[1],"b":[1]}', { maxValues: 2 })).toHaveLength(2);
    codeOf(() => members('{"a":[1],"b":[1,2]}', { maxValues: 2 }), 'TOO_LARGE');
  });

  it.each(['{"a":1,"a":2}', '{"__proto__":1}', '{"a":1,}', '{"a" 1}', '{"a":1}x', '{,}'])('%s is refused', (text) => {
    codeOf(() => members(text), 'JSON_INVALID');
  });
});
