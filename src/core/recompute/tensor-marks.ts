import { hexEncode } from '../bytes/index.ts';
import { createHash, sha256 } from '../digest/index.ts';
import { type Encoding, encodingOf } from './encodings.ts';
import { TensorReader } from './tensor-reader.ts';
import type { Weight } from './weights.ts';

/** Dtype and shape. */
export const typeOf = ({ dtype, shape }: Pick<Weight, 'dtype' | 'shape'>): string =>
  `${dtype} ${JSON.stringify(shape)}`;

const HASH_PIECE = 1024 * 1024;

/**
 * The digest of all its bytes, dtype and shape.
 *
 * @throws StemmaError as `TensorReader`
 */
export function digestOf(weight: Weight): string {
  const hash = createHash('sha256');
  reading(weight, (reader) => {
    for (let at = 0; at < weight.length; at += HASH_PIECE)
      hash.update(reader.bytes(at, Math.min(HASH_PIECE, weight.length - at)));
  });
  return `${typeOf(weight)} ${hexEncode(hash.digest())}`;
}

/** Elements that tell one tensor from another: a whole number of blocks of every type. */
const START = 16 * 1024;

/**
 * The digest of its first values as they would be in `dtype`; undefined where that is not computed.
 *
 * @throws StemmaError as `TensorReader`
 */
export function startAs(weight: Weight, dtype: string): string | undefined {
  const encoding = encodingOf(dtype);
  if (encoding === undefined || encodingOf(weight.dtype) === undefined) return undefined;
  const count = Math.min(START, weight.parameters);
  if (count % encoding.block !== 0) return undefined;
  const bytes = reading(weight, (reader) =>
    dtype === weight.dtype ? reader.blocks(0, count) : converted(reader, encoding, count),
  );
  return `${typeOf({ ...weight, dtype })} ${hexEncode(sha256(bytes))}`;
}

function converted(reader: TensorReader, encoding: Encoding, count: number): Uint8Array {
  const values = encoding.bytes === 8 ? new Float64Array(count) : new Float32Array(count);
  reader.values(0, values);
  const bytes = new Uint8Array((count / encoding.block) * encoding.bytes);
  encoding.encode(values, bytes);
  return bytes;
}

function reading<T>(weight: Weight, use: (reader: TensorReader) => T): T {
  const reader = new TensorReader(weight);
  try {
    const result = use(reader);
    reader.finish();
    return result;
  } finally {
    reader.close();
  }
}
