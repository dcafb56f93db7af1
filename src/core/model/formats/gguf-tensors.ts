import { quote } from '../../bytes/index.ts';
import type { Tensor } from './container.ts';
import { GGML_TYPES } from './ggml-types.ts';
import { type GgufCursor, invalidGguf } from './gguf-cursor.ts';
import { compareTensors, elementCount } from './layout.ts';

const MAX_NAME_BYTES = 64;
const MAX_DIMENSIONS = 4;

/** A tensor info whose `offset` still counts from the start of the data. */
export interface TensorInfo extends Tensor {
  /** Where the info stands in the header. */
  readonly at: number;
}

/** `count` tensor infos: names unique, types in the table, shapes and lengths that cannot overflow. */
export function readTensorInfos(cursor: GgufCursor, count: number, alignment: number): TensorInfo[] {
  const names = new Set<string>();
  const infos: TensorInfo[] = [];
  for (let i = 0; i < count; i++) {
    const info = readTensorInfo(cursor, alignment);
    if (names.has(info.name)) throw invalidGguf(`duplicate tensor name ${quote(info.name)}`, info.at);
    names.add(info.name);
    infos.push(info);
  }
  return infos;
}

function readTensorInfo(cursor: GgufCursor, alignment: number): TensorInfo {
  const at = cursor.offset;
  const name = cursor.name(MAX_NAME_BYTES, 'a tensor name');
  const rankAt = cursor.offset;
  const rank = cursor.u32('a number of dimensions');
  if (rank > MAX_DIMENSIONS) throw invalidGguf(`expected at most ${MAX_DIMENSIONS} dimensions, found ${rank}`, rankAt);
  const dimensions: number[] = [];
  for (let i = 0; i < rank; i++) dimensions.push(cursor.u64('a dimension'));

  const typeAt = cursor.offset;
  const id = cursor.u32('a tensor type');
  const type = GGML_TYPES.get(id);
  if (type === undefined) throw invalidGguf(`unknown type ${id} of tensor ${quote(name)}`, typeAt);
  const row = dimensions[0] ?? 1;
  if (row % type.block !== 0) {
    throw invalidGguf(
      `rows of tensor ${quote(name)} have ${row} elements, blocks of ${type.name} ${type.block}`,
      rankAt,
    );
  }
  const parameters = elementCount(dimensions);
  const length = parameters === undefined ? Number.NaN : (parameters / type.block) * type.bytes;
  if (parameters === undefined || !Number.isSafeInteger(length)) {
    throw invalidGguf(`the shape of tensor ${quote(name)} overflows`, rankAt);
  }

  const offsetAt = cursor.offset;
  const offset = cursor.u64('a tensor offset');
  if (offset % alignment !== 0) {
    throw invalidGguf(`offset ${offset} of tensor ${quote(name)} is not a multiple of ${alignment}`, offsetAt);
  }
  return { at, name, dtype: type.name, shape: dimensions.toReversed(), offset, length, parameters };
}

/** The tensors in file order with absolute offsets; none may overlap another or end behind the file. */
export function placeTensors(infos: readonly TensorInfo[], dataStart: number, fileSize: number): Tensor[] {
  const tensors: Tensor[] = [];
  for (const { at, ...tensor } of infos) {
    const offset = dataStart + tensor.offset;
    if (offset + tensor.length > fileSize) {
      throw invalidGguf(`tensor ${quote(tensor.name)} ends at ${offset + tensor.length} of ${fileSize} bytes`, at);
    }
    tensors.push({ ...tensor, offset });
  }
  tensors.sort(compareTensors);
  let end = dataStart;
  for (const { name, offset, length } of tensors) {
    if (offset < end) throw invalidGguf(`tensor ${quote(name)} overlaps the one before it`, offset);
    end = offset + length;
  }
  return tensors;
}
