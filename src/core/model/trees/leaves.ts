import { bigEndian32, bigEndian64, concatBytes, encodeUtf8 } from '../../bytes/index.ts';

/**
 * Leaf data of the four trees of a model (design §3; docs/formats/model-trees.md): a tag that ends in NUL, so that no leaf of
 * one kind can be read as another, then fields of fixed or prefixed length, integers big-endian.
 */
const FILE_TAG = encodeUtf8('stemma/file/v1\0');
const SEGMENT_TAG = encodeUtf8('stemma/segment/v1\0');
const TENSOR_TAG = encodeUtf8('stemma/tensor/v1\0');
const CHUNK_TAG = encodeUtf8('stemma/chunk/v1\0');

function prefixed32(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  return concatBytes(bigEndian32(bytes.length), bytes);
}

/** @param sha256 of the whole file, 32 bytes */
export function fileLeaf(path: string, size: number, sha256: Uint8Array): Uint8Array {
  return concatBytes(FILE_TAG, prefixed32(path), bigEndian64(size), sha256);
}

/** The leaves of one file's segments; what they share is encoded once. */
export function segmentLeaves(path: string): (offset: number, length: number, multihash: Uint8Array) => Uint8Array {
  const start = concatBytes(SEGMENT_TAG, prefixed32(path));
  return (offset, length, multihash) => concatBytes(start, bigEndian64(offset), bigEndian64(length), multihash);
}

export interface TensorFacts {
  readonly name: string;
  readonly dtype: string;
  /** Outermost dimension first. */
  readonly shape: readonly number[];
  /** Bytes of data. */
  readonly length: number;
}

/** @param chunkRoot root of the tensor's chunk tree, 32 bytes */
export function tensorLeaf(tensor: TensorFacts, chunkRoot: Uint8Array): Uint8Array {
  const dtype = encodeUtf8(tensor.dtype);
  if (dtype.length > 255 || tensor.shape.length > 255)
    throw new RangeError('"tensor" expected dtype and rank below 256');
  return concatBytes(
    TENSOR_TAG,
    prefixed32(tensor.name),
    Uint8Array.of(dtype.length),
    dtype,
    Uint8Array.of(tensor.shape.length),
    ...tensor.shape.map(bigEndian64),
    bigEndian64(tensor.length),
    chunkRoot,
  );
}

export function chunkLeaf(multihash: Uint8Array): Uint8Array {
  return concatBytes(CHUNK_TAG, multihash);
}
