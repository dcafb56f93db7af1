import { array, check, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bigEndian32,
  bigEndian64,
  compareBytes,
  concatBytes,
  equalBytes,
  joinBytes,
} from '../../../src/core/bytes/index.ts';

describe('big-endian integers', () => {
  it.each([
    [0, '00000000'],
    [1, '00000001'],
    [0x01020304, '01020304'],
    [0xffffffff, 'ffffffff'],
  ])('of 32 bits: %d', (value, hex) => {
    expect(Buffer.from(bigEndian32(value)).toString('hex')).toBe(hex);
  });

  it.each([-1, 2 ** 32, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('of 32 bits: not %d', (value) => {
    expect(() => bigEndian32(value)).toThrow(RangeError);
  });

  it.each<[number | bigint, string]>([
    [0, '0000000000000000'],
    [2 ** 32, '0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    [2n ** 53n + 1n, '0020000000000001'],
    [2n ** 64n - 1n, 'ffffffffffffffff'],
  ])('of 64 bits: %d', (value, hex) => {
    expect(Buffer.from(bigEndian64(value)).toString('hex')).toBe(hex);
  });

  it.each<number | bigint>([-1, -1n, 2n ** 64n, 2 ** 53, 0.5, Number.NaN])('of 64 bits: not %d', (value) => {
    expect(() => bigEndian64(value)).toThrow(RangeError);
  });
});

describe('byte strings', () => {
  it('are joined in order', () => {
    const result = check(
      property(array(uint8Array()), (parts) => {
        expect(Buffer.from(concatBytes(...parts))).toEqual(Buffer.concat(parts));
        expect(joinBytes(parts)).toEqual(concatBytes(...parts));
      }),
    );
    expect(result.errorInstance).toBeNull();
  });

  it('are joined however many there are', () => {
    const parts = Array.from({ length: 300_000 }, (_, i) => Uint8Array.of(i & 255));
    expect(joinBytes(parts)).toHaveLength(300_000);
  });

  it('are compared as unsigned bytes, a prefix first', () => {
    const result = check(
      property(uint8Array({ maxLength: 3 }), uint8Array({ maxLength: 3 }), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
      { numRuns: 1000 },
    );
    expect(result.errorInstance).toBeNull();
  });

  it.each([
    ['the last byte differs', [1, 2], [1, 3]],
    ['one is a prefix of the other', [1, 2], [1, 2, 0]],
    ['one is empty', [], [0]],
  ])('are not equal where %s', (_, a, b) => {
    expect(equalBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(false);
  });
});
