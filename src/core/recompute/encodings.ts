import { BLOCK_ENCODINGS } from './blocks.ts';
import { FLOAT_OF_HALF, halfOfFloat } from './half.ts';

/** Values of tensors while they are computed with: binary64 only where a binary64 tensor is asked for. */
export type Values = Float32Array | Float64Array;

/** How the values of one dtype lie in bytes, little-endian. */
export interface Encoding {
  /** Elements per block, and its bytes: a tensor is a whole number of blocks. */
  readonly block: number;
  readonly bytes: number;
  /** Half the distance of 1 to the next value above: what rounding to this type may change a value by, relatively. */
  readonly roundoff: number;
  /** @param data starts at a multiple of the element's bytes; `values.length` elements of it */
  decode(data: Uint8Array, values: Values): void;
  /** Rounds to nearest, ties to even, as PyTorch does: a binary64 goes through binary32 to a type that is narrower still. */
  encode(values: Values, data: Uint8Array): void;
}

const wordsOf = (data: Uint8Array, n: number): Uint16Array => new Uint16Array(data.buffer, data.byteOffset, n);

const F64: Encoding = {
  block: 1,
  bytes: 8,
  roundoff: 2 ** -53,
  decode: (data, values) => values.set(new Float64Array(data.buffer, data.byteOffset, values.length)),
  encode: (values, data) => new Float64Array(data.buffer, data.byteOffset, values.length).set(values),
};

const F32: Encoding = {
  block: 1,
  bytes: 4,
  roundoff: 2 ** -24,
  decode: (data, values) => values.set(new Float32Array(data.buffer, data.byteOffset, values.length)),
  encode: (values, data) => new Float32Array(data.buffer, data.byteOffset, values.length).set(values),
};

const F16: Encoding = {
  block: 1,
  bytes: 2,
  roundoff: 2 ** -11,
  decode(data, values) {
    const words = wordsOf(data, values.length);
    for (let i = 0; i < words.length; i++) values[i] = FLOAT_OF_HALF[words[i] as number] as number;
  },
  encode(values, data) {
    const bits = bitsOf(values);
    const words = wordsOf(data, values.length);
    for (let i = 0; i < words.length; i++) words[i] = halfOfFloat(bits[i] as number);
  },
};

const BF16: Encoding = {
  block: 1,
  bytes: 2,
  roundoff: 2 ** -8,
  decode(data, values) {
    const words = wordsOf(data, values.length);
    const bits = values instanceof Float32Array ? bitsOf(values) : new Uint32Array(values.length);
    for (let i = 0; i < words.length; i++) bits[i] = (words[i] as number) << 16;
    if (!(values instanceof Float32Array)) values.set(new Float32Array(bits.buffer));
  },
  encode(values, data) {
    const bits = bitsOf(values);
    const words = wordsOf(data, values.length);
    for (let i = 0; i < words.length; i++) {
      const x = bits[i] as number;
      words[i] = (x & 0x7fffffff) > 0x7f800000 ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
    }
  },
};

/** The bits of the values as binary32. */
function bitsOf(values: Values): Uint32Array {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
}

/** The dtypes that are computed with, as safetensors and GGUF spell them. All others are copied or not decided. */
const ENCODINGS: Readonly<Record<string, Encoding>> = { F64, F32, F16, BF16, ...BLOCK_ENCODINGS };

export const encodingOf = (dtype: string): Encoding | undefined =>
  Object.hasOwn(ENCODINGS, dtype) ? ENCODINGS[dtype] : undefined;
