import { describe, expect, test } from 'vitest';
import { encodeUtf8, hexEncode } from '../../../src/core/bytes/index.ts';
import {
  createHash,
  digestLength,
  type HashName,
  hasNativeBlake3,
  multihash,
  sha256,
} from '../../../src/core/digest/index.ts';
import { hashBytes } from '../../../src/core/digest/native.ts';
import * as portable from '../../../src/core/digest/portable.ts';
import { pattern, reference } from './support.ts';

const ABC = encodeUtf8('abc');
/** FIPS 180-4 example, BLAKE3's published test input "abc", RFC 7693 appendix A. */
const KNOWN: Readonly<Record<HashName, string>> = {
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  blake3: '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
  blake2b:
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
};
const NAMES = ['sha256', 'blake3', 'blake2b'] as const;

describe.each(NAMES)('%s', (name) => {
  test.each([
    ['on this host', createHash],
    ['in portable code', portable.createHash],
  ])('gives the published digest %s', (_, create) => {
    const hash = create(name);
    hash.update(ABC);
    const digest = hash.digest();
    expect(hexEncode(digest)).toBe(KNOWN[name]);
    expect(digest.length).toBe(digestLength[name]);
  });

  test('does not depend on how the bytes are cut into updates', () => {
    const data = pattern(300_001);
    const expected = reference(name, data);
    for (const create of [createHash, portable.createHash]) {
      const hash = create(name);
      for (let at = 0; at < data.length; at += 70_001) hash.update(data.subarray(at, at + 70_001));
      expect(hexEncode(hash.digest())).toBe(expected);
    }
  });

  test('is the same in one call', () => {
    const data = pattern(5000);
    expect(hexEncode(portable.hashBytes(name, data))).toBe(reference(name, data));
    expect(hexEncode(hashBytes(name, data))).toBe(reference(name, data));
  });

  test('differs when one bit differs', () => {
    const data = pattern(4096);
    const before = createHash(name);
    before.update(data);
    data[2048] = (data[2048] ?? 0) ^ 1;
    const after = createHash(name);
    after.update(data);
    expect(hexEncode(after.digest())).not.toBe(hexEncode(before.digest()));
  });

  test('returns a plain array that owns its bytes, so that a digest kept does not keep a pool alive', () => {
    const digest = createHash(name).digest();
    expect(digest.constructor).toBe(Uint8Array);
    expect(digest.buffer.byteLength).toBe(digestLength[name]);
  });
});

test('sha256 in one call equals the portable one', () => {
  expect(hexEncode(sha256(ABC))).toBe(KNOWN.sha256);
  expect(portable.sha256(ABC)).toEqual(sha256(ABC));
  expect(sha256(new Uint8Array(0))).not.toEqual(sha256(Uint8Array.of(0)));
});

test('a checkout has native BLAKE3, or the speed figures mean nothing', () => {
  expect(hasNativeBlake3()).toBe(true);
});

describe('multihash', () => {
  const digest = sha256(ABC);

  test('puts the multicodec code and the length before the digest', () => {
    expect(hexEncode(multihash('sha256', digest))).toBe(`1220${KNOWN.sha256}`);
    expect(hexEncode(multihash('blake3', digest))).toBe(`1e20${KNOWN.sha256}`);
  });

  test.each([0, 31, 33, 64])('refuses a digest of %i bytes', (length) => {
    expect(() => multihash('sha256', new Uint8Array(length))).toThrow(RangeError);
  });
});
