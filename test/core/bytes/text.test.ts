import { check, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8, decodeUtf8, encodeUtf8, escapeText, ownText, quote } from '../../../src/core/bytes/index.ts';
import { StemmaError } from '../../../src/core/errors/index.ts';
import { expectInert } from '../../cli/inert.ts';
import { codeOf } from './support.ts';

/** Any text that UTF-8 can carry. */
const text = string({ unit: 'binary', maxLength: 40 });
/** Any text at all, lone surrogates and controls among it. */
const units = uint8Array({ maxLength: 60 }).map((bytes) =>
  Array.from({ length: bytes.length >> 1 }, (_, i) =>
    String.fromCharCode(((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)),
  ).join(''),
);

describe('UTF-8', () => {
  it('is copied into memory of its own as it is, a byte order mark in front included', () => {
    const result = check(
      property(text, (value) => {
        expect(ownText(value)).toBe(value);
      }),
    );
    expect(result.errorInstance).toBeNull();
    expect(ownText('\ufeffa')).toBe('\ufeffa');
  });

  it('is read back as it was written', () => {
    const result = check(
      property(text, (value) => {
        if (!value.startsWith('\ufeff')) expect(decodeUtf8(encodeUtf8(value))).toBe(value);
      }),
    );
    expect(result.errorInstance).toBeNull();
  });

  it('is never repaired: what decodes encodes to the same bytes', () => {
    const result = check(
      property(uint8Array({ maxLength: 8 }), (bytes) => {
        try {
          expect(encodeUtf8(decodeUtf8(bytes))).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof StemmaError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
    expect(result.errorInstance).toBeNull();
  });

  it.each([
    ['a byte order mark', [0xef, 0xbb, 0xbf]],
    ['a continuation byte alone', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong NUL', [0xe0, 0x80, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a sequence cut short', [0x61, 0xf0, 0x9f, 0x98]],
    ['0xff', [0xff]],
  ])('with %s is refused', (_, bytes) => {
    codeOf(() => decodeUtf8(Uint8Array.from(bytes)), 'ENCODING_INVALID');
  });

  it('may hold U+FEFF further on, where it is no mark', () => {
    expect(decodeUtf8(Uint8Array.of(0x61, 0xef, 0xbb, 0xbf))).toBe('a\ufeff');
  });
});

describe('the order of UTF-8', () => {
  it('is that of the bytes', () => {
    const result = check(
      property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1000 },
    );
    expect(result.errorInstance).toBeNull();
  });

  it('puts U+10000 after U+FFFF, where sort() puts it before', () => {
    const names = ['\u{10000}', '\uffff', '\ue000', '\ud7ff', 'a', ''];
    expect(names.toSorted(compareUtf8)).toEqual(['', 'a', '\ud7ff', '\ue000', '\uffff', '\u{10000}']);
    expect(names.toSorted()).not.toEqual(names.toSorted(compareUtf8));
  });

  it('puts a prefix first', () => {
    expect([compareUtf8('a', 'ab'), compareUtf8('ab', 'a'), compareUtf8('a', 'a')].map(Math.sign)).toEqual([-1, 1, 0]);
  });
});

describe('escaped text', () => {
  it.each([
    ['plain', 'plain'],
    ['ü \u{1f600} 漢', 'ü \u{1f600} 漢'],
    ['a\\b', 'a\\\\b'],
    ['\u001b[31m', '\\x1b[31m'],
    ['a\r\nb\tc\0', 'a\\x0d\\x0ab\\x09c\\x00'],
    ['\u007f\u009b', '\\x7f\\x9b'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['soft\u00adhyphen', 'soft\\xadhyphen'],
    ['\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['\ufeff', '\\u{feff}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\u{d800}'],
    ['::set-output name=x::y', ':\\x3aset-output name=x:\\x3ay'],
    [':::', ':\\x3a:'],
    ['##[error]', '##\\x5berror]'],
  ])('of %j is %j', (input, output) => {
    expect(escapeText(input)).toBe(output);
  });

  it('does nothing in a terminal or a CI log, whatever it was', () => {
    const result = check(
      property(units, (value) => {
        expectInert(escapeText(value, 1000));
        expectInert(quote(value));
      }),
      { numRuns: 1000 },
    );
    expect(result.errorInstance).toBeNull();
  });

  it('never makes two texts look alike', () => {
    const result = check(
      property(units, units, (a, b) => {
        if (a !== b) expect(escapeText(a, 1000)).not.toBe(escapeText(b, 1000));
      }),
      { numRuns: 1000 },
    );
    expect(result.errorInstance).toBeNull();
    expect(escapeText('\u001b')).not.toBe(escapeText('\\x1b'));
    expect(escapeText('::')).not.toBe(escapeText(':\\x3a'));
  });

  it('is cut after 200 characters, or as asked, and says so', () => {
    expect(escapeText('a'.repeat(200))).toBe('a'.repeat(200));
    expect(escapeText('a'.repeat(201))).toBe(`${'a'.repeat(200)}…`);
    expect(escapeText('\u{1f600}\u{1f600}\u{1f600}', 2)).toBe('\u{1f600}\u{1f600}…');
  });

  it('in quotes cannot leave them', () => {
    expect(quote('a" b')).toBe('"a\\" b"');
    expect(quote('a\\')).toBe('"a\\\\"');
    expect(quote('abc', 1)).toBe('"a…"');
  });
});
