import type { Container } from '../formats/index.ts';

/** Design §3: a region is cut from its start into chunks of this many bytes, the last one shorter. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;

function chunksIn(length: number): number {
  return Math.ceil(length / SEGMENT_BYTES);
}

/** A file as far as its segments go: its container's regions, or one region of `size` bytes. */
export interface Segmented {
  readonly size: number;
  readonly container: Container | undefined;
}

/** Length of each segment in bytes, in file order; together the file. An empty file is one empty segment. */
export function cutSegments({ size, container }: Segmented): Float64Array {
  if (size === 0) return new Float64Array(1);
  const regions = container === undefined ? [size] : container.regions.map((region) => region.length);
  const lengths = new Float64Array(regions.reduce((sum, length) => sum + chunksIn(length), 0));
  let at = 0;
  for (const length of regions) {
    const end = at + chunksIn(length);
    lengths.fill(SEGMENT_BYTES, at, end);
    if (end > at) lengths[end - 1] = length - (end - at - 1) * SEGMENT_BYTES;
    at = end;
  }
  return lengths;
}

export interface TensorChunks {
  /** By index into `Container.tensors`: the tensor's first segment in its file, and how many it has. */
  readonly first: Uint32Array;
  readonly count: Uint32Array;
}

export function tensorChunks(container: Container): TensorChunks {
  const first = new Uint32Array(container.tensors.length);
  const count = new Uint32Array(container.tensors.length);
  let at = 0;
  for (const region of container.regions) {
    const chunks = chunksIn(region.length);
    if (region.tensor !== undefined) {
      first[region.tensor] = at;
      count[region.tensor] = chunks;
    }
    at += chunks;
  }
  return { first, count };
}
