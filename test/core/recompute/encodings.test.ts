import { describe, expect, it } from 'vitest';
import { type Encoding, encodingOf, type Values } from '../../../src/core/recompute/encodings.ts';

function encodingNamed(dtype: string): Encoding {
  const encoding = encodingOf(dtype);
  if (encoding === undefined) throw new Error(`no ${dtype}`);
  return encoding;
}

function encode(dtype: string, values: Values): Uint8Array {
  const encoding = encodingNamed(dtype);
  const bytes = new Uint8Array((values.length / encoding.block) * encoding.bytes);
  encoding.encode(values, bytes);
  return bytes;
}

const wordsOf = (dtype: string, values: Values): number[] => [...new Uint16Array(encode(dtype, values).buffer)];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function decode(dtype: string, data: Uint8Array, count: number): Float32Array {
  const values = new Float32Array(count);
  encodingNamed(dtype).decode(data, values);
  return values;
}

/** A binary32 by its bits. */
const float = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0] as number;

describe('binary16', () => {
  it.each([
    ['one', 1, 0x3c00],
    ['minus zero', -0, 0x8000],
    ['the largest', 65_504, 0x7bff],
    ['halfway beyond the largest, to infinity', 65_520, 0x7c00],
    ['just below halfway beyond the largest', 65_519.996, 0x7bff],
    ['far beyond the range', -1e30, 0xfc00],
    ['halfway, to the even neighbour below', 1 + 2 ** -11, 0x3c00],
    ['halfway, to the even neighbour above', 1 + 3 * 2 ** -11, 0x3c02],
    ['the smallest normal', 2 ** -14, 0x0400],
    ['just below the smallest normal, which rounds up to it', 2 ** -14 - 2 ** -26, 0x0400],
    ['the smallest subnormal', 2 ** -24, 0x0001],
    ['half of the smallest subnormal, to even zero', 2 ** -25, 0x0000],
    ['just above half of the smallest subnormal', 2 ** -25 + 2 ** -40, 0x0001],
    ['one and a half of the smallest subnormal, to even', 1.5 * 2 ** -24, 0x0002],
    ['a binary32 subnormal', -(2 ** -140), 0x8000],
    ['infinity', Number.POSITIVE_INFINITY, 0x7c00],
  ])('rounds %s', (_, value, expected) => {
    expect(wordsOf('F16', Float32Array.of(value))).toEqual([expected]);
  });

  it('gives every one of its values but NaN back', () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter((word) => (word & 0x7fff) <= 0x7c00);
    const values = decode('F16', new Uint8Array(bits.buffer), bits.length);

    expect(encode('F16', values)).toEqual(new Uint8Array(bits.buffer));
  });

  it('makes every NaN the quiet one of its sign', () => {
    const values = new Float32Array(Uint32Array.of(0x7fc00001, 0xff800001).buffer);

    expect(wordsOf('F16', values)).toEqual([0x7e00, 0xfe00]);
  });
});

describe('bfloat16', () => {
  it.each([
    ['one', 0x3f800000, 0x3f80],
    ['halfway, to the even neighbour below', 0x3f808000, 0x3f80],
    ['halfway, to the even neighbour above', 0x3f818000, 0x3f82],
    ['just above halfway', 0x3f808001, 0x3f81],
    ['the largest binary32, to infinity', 0x7f7fffff, 0x7f80],
    ['a subnormal', 0x00008001, 0x0001],
    ['minus infinity', 0xff800000, 0xff80],
  ])('rounds %s', (_, bits, expected) => {
    expect(wordsOf('BF16', Float32Array.of(float(bits)))).toEqual([expected]);
  });

  it('keeps a NaN whose payload would be rounded away a NaN', () => {
    const values = new Float32Array(Uint32Array.of(0x7f800001, 0xffffffff).buffer);

    for (const word of wordsOf('BF16', values)) expect(word & 0x7fff).toBeGreaterThan(0x7f80);
  });
});

describe('binary64', () => {
  it('goes through binary32 to a narrower type, as PyTorch casts', () => {
    const justAboveHalfway = 1 + 2 ** -11 + 2 ** -40;

    expect(wordsOf('F16', Float64Array.of(justAboveHalfway))).toEqual([0x3c00]);
    expect(wordsOf('BF16', Float64Array.of(1 + 2 ** -8 + 2 ** -40))).toEqual([0x3f80]);
  });

  it('overflows to infinity in binary32', () => {
    const bytes = encode('F32', Float64Array.of(1e300, -1e300));

    expect([...new Float32Array(bytes.buffer)]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });
});

/** 32 normal values, a block of zeros with the peaks -3.5 and 3.5, and 32 multiples of 1/4. */
const VALUES =
  '193da13a2df5983ecc5b8cbed4fd63bf9ccae8be8cdc7dbf2359763d2c8cab3f7e02fcbe71d71ebf94ccfa3ee5b9b63e6de3d73d27336ebf85a1efbc64ff313f' +
  '390facbf9d4ceabe445bf3bf930fa5bff9bdebbfbbbb70beb03ba2bf29e38a3e5b83203ed36a3fbe971221c0c7e709bfeda846bd8b0ee83d7ddbc3bf149cf4be' +
  `${'0'.repeat(64)}000060c000006040${'0'.repeat(176)}` +
  '000000bf000080be0000803f0000a03f0000a0bf000040bf0000403f000000c0000000bf000000800000a03f0000403f000080be000080be000080be0000c03f' +
  '000000bf000080be0000803e00000080000080be000080bf00000080000000bf0000a03f0000403f000000800000403f000080be0000803f000000800000003f';

/** What `gguf.quants.quantize` of the gguf package makes of them. */
const QUANTISED = {
  Q4_0: '0935487927452775489c86760a698885386a00378888888888888888808f888888888888003466779c8d73458b60d6b88dbb77c787ae',
  Q4_1: '1d3409c15a8b295638965abfa8970c8baaa64a8c773700c38888888888888888808f888888888888773300c06688ad9e83459c60e6c99ecc88d898bf',
  Q5_0: '0931c3dc803170d24e8a4dfa80291dfc03d2011a60d40033fffeffff0000000000000000000f00000000000000304c8e4cefccee280ae68a06c0ac600a66ee8e0e4c',
  Q5_1: 'f62f09c1d7dda2bb941752ad512ca56f503f0807455d840a3a3300c3fffeffff0000000000000000000f0000000000003a2f00c04efe5effdd004b2d079b28d0dd822d8800b0206f',
  Q8_0: '1325000ff2d3e9ce0344e7e1191205d1ff23bce9a0bfa3f4c00e08f781e5fe06b3e80e270000000000000000817f000000000000000000000000000000000000000000000824e0f0404fb1d03081e0004f30f0f0f05fe0f01000f0c000e04f300030f0400020',
} as const;

const given = (): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(VALUES, 'hex')).buffer);

describe.each(Object.entries(QUANTISED))('%s', (dtype, expected) => {
  it('is quantised bit for bit as the gguf package does it', () => {
    expect(hex(encode(dtype, given()))).toBe(expected);
  });

  it('quantises differently after one value moved', () => {
    const values = given();
    values[70] = (values[70] as number) + 1;

    expect(hex(encode(dtype, values))).not.toBe(expected);
  });

  it('has values within a step of those given', () => {
    const values = given();
    const { block } = encodingNamed(dtype);
    const back = decode(dtype, Uint8Array.from(Buffer.from(expected, 'hex')), values.length);
    for (let at = 0; at < values.length; at += block) {
      const range = values.slice(at, at + block);
      const step =
        (2 * Math.max(...range.map(Math.abs))) / { Q8_0: 254, Q5_0: 31, Q5_1: 31, Q4_0: 15, Q4_1: 15 }[dtype as 'Q8_0'];
      for (let i = at; i < at + block; i++)
        expect(Math.abs((values[i] as number) - (back[i] as number))).toBeLessThanOrEqual(step * 1.001);
    }
  });

  it('takes what has no defined result without an error', () => {
    const values = given().fill(Number.NaN, 0, 32);
    values[40] = Number.POSITIVE_INFINITY;

    expect(encode(dtype, values)).toHaveLength(expected.length / 2);
  });
});

it.each(['F8_E4M3', 'Q4_K', 'I8', 'constructor', '__proto__'])('knows no encoding of %s', (dtype) => {
  expect(encodingOf(dtype)).toBeUndefined();
});
