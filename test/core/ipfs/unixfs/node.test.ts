/** Against `@ipld/dag-pb`, the codec of the maintainers. */
import * as dagPb from '@ipld/dag-pb';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { DAG_PB, RAW } from '../../../../src/core/ipfs/index.ts';
import { buildHamt } from '../../../../src/core/ipfs/unixfs/hamt.ts';
import { murmur3x64 } from '../../../../src/core/ipfs/unixfs/murmur3.ts';
import { dataLength, linkLength, NodeWriter } from '../../../../src/core/ipfs/unixfs/node.ts';
import { varintLength, Writer } from '../../../../src/core/ipfs/unixfs/protobuf.ts';
import { cidOf, sha256 } from '../support.ts';

const link = fc.record({
  name: fc.string({ maxLength: 300, unit: 'binary' }),
  codec: fc.constantFrom<typeof RAW | typeof DAG_PB>(RAW, DAG_PB),
  cumulative: fc.maxSafeNat(),
});

describe('a dag-pb node', () => {
  it('has the bytes that the codec gives it', () => {
    fc.assert(
      fc.property(fc.array(link, { maxLength: 8 }), fc.uint8Array({ maxLength: 300 }), (links, data) => {
        const digest = sha256(data);
        const encoded = links.map((each) => ({ ...each, digest, bytes: encodeUtf8(each.name) }));
        // The codec sorts links by name; so do we, before.
        encoded.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
        const length = encoded.reduce((sum, each) => sum + linkLength(each.bytes.length, each.cumulative), 0);
        const writer = new NodeWriter(length + dataLength(data.length));
        for (const each of encoded) writer.link(each.bytes, each);
        const { bytes, digest: own } = writer.finish(data, sha256);
        const Links = encoded.map((each) => ({ Name: each.name, Tsize: each.cumulative, Hash: cidOf(each) }));
        expect(Buffer.from(bytes).equals(Buffer.from(dagPb.encode(dagPb.prepare({ Links, Data: data }))))).toBe(true);
        expect(own).toEqual(sha256(bytes));
      }),
      { numRuns: 300 },
    );
  });
});

describe('varints', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 31, '8080808008'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ])('%i is %s', (value, hex) => {
    const { bytes } = new Writer(varintLength(value)).varint(value);
    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
  });
});

describe('murmur3-x64-64', () => {
  // First eight bytes, big-endian, of the 128-bit function: spaolacci/murmur3's tests, which boxo builds on.
  it.each([
    ['', 0x0000000000000000n],
    ['hello', 0xcbd8a7b341bd9b02n],
    ['hello, world', 0x342fac623a5ebc8en],
    ['19 Jan 2038 at 3:14:07 AM', 0xb89e5988b737affcn],
    ['The quick brown fox jumps over the lazy dog.', 0xcd99481f9ee902c9n],
  ])('of %j', (text, hash) => {
    expect(murmur3x64(encodeUtf8(text))).toBe(hash);
  });
});

describe('a HAMT', () => {
  it('refuses names that it cannot tell apart', () => {
    const entry = {
      name: encodeUtf8('a'),
      child: 0,
      linked: { codec: RAW as typeof RAW, digest: sha256(encodeUtf8('')), cumulative: 0 },
    };
    expect(() => buildHamt([entry, entry], sha256)).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining('"a" and "a"') }),
    );
  });
});
