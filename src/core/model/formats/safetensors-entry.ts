import { type JsonValue, quote } from '../../bytes/index.ts';
import type { Tensor } from './container.ts';
import { isObject } from './header-json.ts';
import { elementCount, MAX_RANK } from './layout.ts';
import { SAFETENSORS_DTYPES } from './safetensors-dtypes.ts';

const FIELDS: ReadonlySet<string> = new Set(['dtype', 'shape', 'data_offsets']);

export interface EntryContext {
  /** First byte of the tensor data, absolute in the file. */
  readonly dataStart: number;
  /** Bytes of tensor data in the file. */
  readonly dataLength: number;
  /** Makes the error, with the offset of the entry. */
  readonly bad: (why: string) => Error;
  /** Called for each field that loaders ignore, where something could hide. */
  readonly onUnknownField: (field: string) => void;
}

/**
 * One `name: {dtype, shape, data_offsets}` of a safetensors header. Hostile input: each number is bounded before it is
 * multiplied or added.
 */
export function readEntry(name: string, entry: JsonValue | undefined, context: EntryContext): Tensor {
  const { bad } = context;
  if (!isObject(entry)) throw bad(`expected an object for tensor ${quote(name)}`);
  for (const field of Object.keys(entry)) if (!FIELDS.has(field)) context.onUnknownField(field);
  const { dtype, shape, data_offsets: offsets } = entry;

  if (typeof dtype !== 'string') throw bad(`expected a dtype for tensor ${quote(name)}`);
  const known = SAFETENSORS_DTYPES.get(dtype);
  if (known === undefined) throw bad(`unknown dtype ${quote(dtype, 40)} of tensor ${quote(name)}`);
  const { bits } = known;

  if (!isSizes(shape)) throw bad(`expected a shape of non-negative integers for tensor ${quote(name)}`);
  if (shape.length > MAX_RANK) throw bad(`expected at most ${MAX_RANK} dimensions, found ${shape.length}`);
  const parameters = elementCount(shape);
  if (parameters === undefined || parameters > Number.MAX_SAFE_INTEGER / bits) {
    throw bad(`the shape of tensor ${quote(name)} overflows`);
  }

  const [begin, end, ...more] = isSizes(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || more.length > 0) {
    throw bad(`expected two data_offsets for tensor ${quote(name)}`);
  }
  if (begin > end) throw bad(`data_offsets of tensor ${quote(name)} end before they begin`);
  if (end > context.dataLength) {
    throw bad(`tensor ${quote(name)} ends at ${end} of ${context.dataLength} bytes of data`);
  }
  // Sub-byte elements: a tensor is a whole number of bytes, or it is malformed (reference `tensor.rs`).
  if ((parameters * bits) % 8 !== 0) throw bad(`tensor ${quote(name)} is not a whole number of bytes`);
  const length = (parameters * bits) / 8;
  if (end - begin !== length) {
    throw bad(`tensor ${quote(name)} has ${end - begin} bytes; its shape and dtype make ${length}`);
  }
  return { name, dtype: known.dtype, shape, offset: context.dataStart + begin, length, parameters };
}

function isSizes(value: JsonValue | undefined): value is readonly number[] {
  if (!Array.isArray(value)) return false;
  const items: readonly unknown[] = value;
  return items.every((item) => typeof item === 'number' && Number.isSafeInteger(item) && item >= 0);
}
