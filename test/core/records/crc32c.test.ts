import { describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from '../../../src/core/records/crc32c.ts';

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);

describe('CRC-32C', () => {
  it.each([
    ['nothing', new Uint8Array(0), 0],
    ['"123456789"', Buffer.from('123456789'), 0xe3069283],
    // RFC 3720 appendix B.4
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 ascending bytes', ascending, 0x46dd794e],
    ['32 descending bytes', ascending.toReversed(), 0x113fdb5c],
  ])('of %s is the published value', (_, data, expected) => {
    expect(crc32c(data)).toBe(expected);
  });

  it('continues over any cut', () => {
    for (let at = 0; at <= ascending.length; at++) {
      expect(crc32c(ascending.subarray(at), crc32c(ascending.subarray(0, at)))).toBe(0x46dd794e);
    }
  });

  it('masked is what TensorBoard writes after a length of 24', () => {
    expect(maskedCrc32c(crc32c(Uint8Array.of(0x18, 0, 0, 0, 0, 0, 0, 0)))).toBe(0x224b7fa3);
  });

  it('changes with every single bit', () => {
    const seen = new Set([crc32c(ascending)]);
    for (let bit = 0; bit < 256; bit++) {
      const flipped = ascending.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      seen.add(crc32c(flipped));
    }
    expect(seen.size).toBe(257);
  });
});
