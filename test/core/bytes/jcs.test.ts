import { check, dictionary, integer, letrec, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonValue, parseJson } from '../../../src/core/bytes/index.ts';

const { value } = letrec<{ value: JsonValue }>((tie) => ({
  value: oneof(
    { maxDepth: 3 },
    string({ unit: 'binary', maxLength: 6 }),
    integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    dictionary(string({ unit: 'grapheme', maxLength: 4 }), tie('value'), { maxKeys: 4 }),
  ),
}));

describe('canonical JSON (RFC 8785)', () => {
  it('orders members by UTF-16 code units', () => {
    // RFC 8785 §3.2.3, its own example of the order.
    const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
    expect(Object.keys(JSON.parse(text))).toEqual(['1', '\r', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']);
    expect(text.indexOf('\u{1f600}')).toBeLessThan(text.indexOf('\ufb33'));
  });

  it('escapes only what must be, the short way', () => {
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/\u007f\u2028')).toBe(
      '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u007f\u2028"',
    );
  });

  it('has no white space', () => {
    expect(canonicalJson({ b: [1, -2, null, true, false, {}], a: [] })).toBe('{"a":[],"b":[1,-2,null,true,false,{}]}');
  });

  it('is read back as the same value, whatever the order of its members', () => {
    const result = check(
      property(value, (given) => {
        const text = canonicalJson(given);
        if (text.includes('"__proto__"')) return;
        expect(parseJson(text, { maxBytes: 1 << 20, what: 'text', integersOnly: true })).toEqual(given);
        if (typeof given !== 'object' || given === null) return;
        const reversed = Object.fromEntries(Object.entries(given).toReversed());
        expect(canonicalJson(reversed)).toBe(text);
      }),
    );
    expect(result.errorInstance).toBeNull();
  });

  it.each<[string, JsonValue]>([
    ['a fraction', 0.5],
    ['a negative zero', -0],
    ['an integer beyond 2^53-1', 2 ** 53],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a member name', { '\udc00': 1 }],
    ['a fraction deep inside', [{ a: [1.5] }]],
  ])('refuses %s', (_, given) => {
    expect(() => canonicalJson(given)).toThrow(TypeError);
  });
});
