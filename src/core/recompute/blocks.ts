import type { Encoding, Values } from './encodings.ts';
import { FLOAT_OF_HALF, halfOfFloat } from './half.ts';

/** Elements in a block of every ggml type here. */
const BLOCK = 32;
const HALF_BLOCK = BLOCK / 2;
const { fround } = Math;

/** A block's scale, offset (0 without one) and 32 unsigned codes; written once per block. */
interface Block {
  scale: number;
  offset: number;
  readonly codes: Uint8Array;
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

function putHalf(data: Uint8Array, at: number, value: number): void {
  float[0] = value;
  const half = halfOfFloat(bits[0] as number);
  data[at] = half & 0xff;
  data[at + 1] = half >>> 8;
}

const getHalf = (data: Uint8Array, at: number): number =>
  FLOAT_OF_HALF[(data[at] as number) | ((data[at + 1] as number) << 8)] as number;

/** 1 / d in binary32, and 0 for a block without a scale. */
const inverse = (d: number): number => (d === 0 ? 0 : fround(1 / d));

/** As a cast to an unsigned byte and a clip do it; NaN, for which the cast is not defined, becomes 0. */
const clip = (value: number, max: number): number => Math.min(Math.max(Math.trunc(value) || 0, 0), max);

/** Types without offset (`Q4_0`, `Q5_0`): the value of largest magnitude, the first of equals, becomes the code 0. */
function aroundZero(values: Values, at: number, block: Block, levels: number): void {
  let peak = values[at] as number;
  for (let i = 1; i < BLOCK; i++) {
    const value = values[at + i] as number;
    if (Math.abs(value) > Math.abs(peak)) peak = value;
  }
  const d = fround(peak / -(levels / 2));
  const id = inverse(d);
  const half = levels / 2 + 0.5;
  block.scale = d;
  for (let i = 0; i < BLOCK; i++) {
    block.codes[i] = clip(fround(fround((values[at + i] as number) * id) + half), levels - 1);
  }
}

/** Types with an offset (`Q4_1`, `Q5_1`): from the smallest value to the largest. */
function fromMinimum(values: Values, at: number, block: Block, levels: number): void {
  let min = values[at] as number;
  let max = min;
  for (let i = 1; i < BLOCK; i++) {
    const value = values[at + i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const d = fround(fround(max - min) / (levels - 1));
  const id = inverse(d);
  block.scale = d;
  block.offset = min;
  for (let i = 0; i < BLOCK; i++) {
    const steps = fround(fround((values[at + i] as number) - min) * id);
    block.codes[i] = clip(fround(steps + 0.5), levels - 1);
  }
}

interface Layout {
  readonly codeBits: 4 | 5;
  readonly withOffset: boolean;
}

/** The four types of 4 and 5 bits (ggml-quants.c): scale, offset, fifth bits, then the low halves of codes i and i + 16 in byte i. */
function packed({ codeBits, withOffset }: Layout): Encoding {
  const levels = 1 << codeBits;
  const fifthAt = withOffset ? 4 : 2;
  const codesAt = fifthAt + (codeBits === 5 ? 4 : 0);
  const bytes = codesAt + HALF_BLOCK;
  const quantise = withOffset ? fromMinimum : aroundZero;
  const zero = withOffset ? 0 : levels / 2;
  return {
    block: BLOCK,
    bytes,
    roundoff: Number.POSITIVE_INFINITY,
    encode(values, data) {
      const block: Block = { scale: 0, offset: 0, codes: new Uint8Array(BLOCK) };
      const { codes } = block;
      for (let at = 0, to = 0; at < values.length; at += BLOCK, to += bytes) {
        quantise(values, at, block, levels);
        putHalf(data, to, block.scale);
        if (withOffset) putHalf(data, to + 2, block.offset);
        for (let i = 0; i < HALF_BLOCK; i++) {
          data[to + codesAt + i] = ((codes[i] as number) & 15) | (((codes[i + HALF_BLOCK] as number) & 15) << 4);
        }
        if (codeBits === 5) putFifthBits(data, to + fifthAt, codes);
      }
    },
    decode(data, values) {
      for (let at = 0, from = 0; at < values.length; at += BLOCK, from += bytes) {
        const scale = getHalf(data, from);
        const offset = withOffset ? getHalf(data, from + 2) : 0;
        for (let i = 0; i < BLOCK; i++) {
          const byte = data[from + codesAt + (i % HALF_BLOCK)] as number;
          const low = i < HALF_BLOCK ? byte & 15 : byte >>> 4;
          const fifth = codeBits === 5 ? (((data[from + fifthAt + (i >>> 3)] as number) >>> (i & 7)) & 1) << 4 : 0;
          values[at + i] = fround(fround(scale * ((low | fifth) - zero)) + offset);
        }
      }
    },
  };
}

function putFifthBits(data: Uint8Array, at: number, codes: Uint8Array): void {
  for (let byte = 0; byte < 4; byte++) {
    let packedBits = 0;
    for (let bit = 0; bit < 8; bit++) packedBits |= ((codes[8 * byte + bit] as number) >>> 4) << bit;
    data[at + byte] = packedBits;
  }
}

/** 32 signed bytes and a scale; rounded half away from zero, as `roundf`. */
const Q8_0: Encoding = {
  block: BLOCK,
  bytes: 2 + BLOCK,
  roundoff: Number.POSITIVE_INFINITY,
  encode(values, data) {
    for (let at = 0, to = 0; at < values.length; at += BLOCK, to += 2 + BLOCK) {
      let peak = 0;
      for (let i = 0; i < BLOCK; i++) peak = Math.max(peak, Math.abs(values[at + i] as number));
      const d = fround(peak / 127);
      const id = inverse(d);
      putHalf(data, to, d);
      for (let i = 0; i < BLOCK; i++) {
        const scaled = fround((values[at + i] as number) * id);
        const floor = Math.floor(Math.abs(scaled));
        data[to + 2 + i] = Math.sign(scaled) * (floor + (Math.abs(scaled) - floor >= 0.5 ? 1 : 0));
      }
    }
  },
  decode(data, values) {
    for (let at = 0, from = 0; at < values.length; at += BLOCK, from += 2 + BLOCK) {
      const scale = getHalf(data, from);
      for (let i = 0; i < BLOCK; i++) {
        values[at + i] = fround((((data[from + 2 + i] as number) << 24) >> 24) * scale);
      }
    }
  },
};

/** Block quantisation of ggml, bit for bit as the quantisers of the `gguf` package and the reference ones of ggml-quants.c. */
export const BLOCK_ENCODINGS: Readonly<Record<string, Encoding>> = {
  Q4_0: packed({ codeBits: 4, withOffset: false }),
  Q4_1: packed({ codeBits: 4, withOffset: true }),
  Q5_0: packed({ codeBits: 5, withOffset: false }),
  Q5_1: packed({ codeBits: 5, withOffset: true }),
  Q8_0,
};
