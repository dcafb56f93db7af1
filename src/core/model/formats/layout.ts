import { compareUtf8 } from '../../bytes/index.ts';
import type { Region, Tensor } from './container.ts';

/** The `rank` of a tensor leaf is one byte (design §3). */
export const MAX_RANK = 255;

/**
 * Product of the dimensions, 1 for a scalar, or undefined once the running product passes 2^53-1: an absurd shape is
 * refused even where a later dimension is 0.
 */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const dimension of shape) {
    count *= dimension;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** File order: offset, then length, then the UTF-8 bytes of the name, so that zero-length tensors have one order too. */
export function compareTensors(a: Tensor, b: Tensor): number {
  return a.offset - b.offset || a.length - b.length || compareUtf8(a.name, b.name);
}

/** Design §3: the header, each tensor that has bytes, and each maximal range between and after them. `tensors` in file order. */
export function layOut(headerLength: number, tensors: readonly Tensor[], fileSize: number): Region[] {
  const regions: Region[] = [{ offset: 0, length: headerLength }];
  let end = headerLength;
  for (const [index, { offset, length }] of tensors.entries()) {
    if (length === 0) continue;
    if (offset > end) regions.push({ offset: end, length: offset - end });
    regions.push({ offset, length, tensor: index });
    end = offset + length;
  }
  if (fileSize > end) regions.push({ offset: end, length: fileSize - end });
  return regions;
}
