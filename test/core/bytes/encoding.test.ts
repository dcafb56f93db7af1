import { check, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Encode, decodeBase64, decodeHex, hexEncode } from '../../../src/core/bytes/index.ts';
import { StemmaError } from '../../../src/core/errors/index.ts';
import { codeOf } from './support.ts';

describe('hexadecimal', () => {
  it('is written in lower case and read back, for any bytes', () => {
    const result = check(
      property(uint8Array(), (bytes) => {
        expect(hexEncode(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(decodeHex(hexEncode(bytes))).toEqual(bytes);
      }),
    );
    expect(result.errorInstance).toBeNull();
  });

  it.each(['A0', 'aB', '0', 'abc', '0g', '0x12', ' 00', '00 ', '00\n', '0\u0660', '\uff10\uff10', 'zz'])(
    'is refused where %j',
    (text) => {
      codeOf(() => decodeHex(text), 'ENCODING_INVALID');
    },
  );
});

describe('base64', () => {
  it('is written padded in the standard alphabet, and read in all four spellings', () => {
    const result = check(
      property(uint8Array(), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(base64Encode(bytes)).toBe(buffer.toString('base64'));
        const padded = buffer.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
        for (const text of [
          buffer.toString('base64'),
          buffer.toString('base64url'),
          padded,
          padded.replaceAll('=', ''),
        ])
          expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
    expect(result.errorInstance).toBeNull();
  });

  it('of nothing is empty', () => {
    expect([base64Encode(new Uint8Array()), decodeBase64('')]).toEqual(['', new Uint8Array()]);
  });

  it.each([
    ['an impossible length', 'A'],
    ['an impossible length after whole groups', 'AAAAA'],
    ['padding alone', '='],
    ['padding alone, a group of it', '===='],
    ['three padding characters', 'A==='],
    ['too little padding', 'AA='],
    ['too much padding', 'AAA=='],
    ['padding after a whole group', 'AAAA='],
    ['padding in the middle', 'AA==AAAA'],
    ['white space', 'AA A'],
    ['a line feed at the end', 'AAAA\n'],
    ['a line feed inside', 'AAAA\nAAAA'],
    ['both alphabets', '+-AA'],
    ['both alphabets, the other way', '_/AA'],
    ['a character outside', 'AA*A'],
    ['a character above ASCII', 'AAé='],
    ['full-width letters', '\uff21\uff21\uff21\uff21'],
    ['non-zero bits after one byte', 'AB=='],
    ['non-zero bits after two bytes', 'AAB='],
    ['non-zero bits without padding', 'AAB'],
  ])('with %s is refused', (_, text) => {
    codeOf(() => decodeBase64(text), 'ENCODING_INVALID');
  });

  it('has no second spelling in its alphabet for the same bytes', () => {
    const result = check(
      property(uint8Array({ maxLength: 8 }), uint8Array({ minLength: 1, maxLength: 1 }), (bytes, [flip = 1]) => {
        const text = base64Encode(bytes);
        const at = flip % Math.max(1, text.length);
        const other = `${text.slice(0, at)}${String.fromCharCode(33 + (flip % 90))}${text.slice(at + 1)}`;
        if (other === text) return;
        let decoded: Uint8Array | undefined;
        try {
          decoded = decodeBase64(other);
        } catch (error) {
          expect(error).toBeInstanceOf(StemmaError);
        }
        const alias =
          text.replaceAll('+', '-').replaceAll('/', '_') === other.replaceAll('+', '-').replaceAll('/', '_');
        if (!alias) expect(decoded).not.toEqual(bytes);
      }),
    );
    expect(result.errorInstance).toBeNull();
  });
});
