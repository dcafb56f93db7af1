import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileSet, planModel, walkModel } from '../../../src/core/model/index.ts';
import {
  type Recipe,
  type Recomputation,
  recompute,
  type TensorResult,
  type Weights,
  weightsOf,
} from '../../../src/core/recompute/index.ts';
import { type Files, safetensors, type TestTensor, tempDir, writeFiles } from '../model/support.ts';

/** The tensors of a model on disk, as `verify` finds them. */
export async function weightsAt(dir: string, signal?: AbortSignal): Promise<Weights> {
  const options = { allowSymlinks: false, signal };
  const set = fileSet(await walkModel(dir, options), { ignored: [] });
  return weightsOf(await planModel(set, { opaque: [], signal }));
}

/** A folder of these files, and its tensors. */
export async function weightsIn(files: Files, name = 'model'): Promise<Weights> {
  const dir = path.join(tempDir(), name);
  mkdirSync(dir);
  return weightsAt(writeFiles(dir, files));
}

/** A model of one safetensors file. */
export const modelWith = (tensors: Readonly<Record<string, TestTensor>>, name = 'model'): Promise<Weights> =>
  weightsIn({ 'model.safetensors': safetensors(tensors) }, name);

export const f32 = (values: readonly number[], shape?: readonly number[]): TestTensor =>
  tensor('F32', Float32Array.from(values), shape);
export const f64 = (values: readonly number[], shape?: readonly number[]): TestTensor =>
  tensor('F64', Float64Array.from(values), shape);
/** F16 or BF16 by their bits. */
export const words = (dtype: 'F16' | 'BF16', bits: readonly number[], shape?: readonly number[]): TestTensor =>
  tensor(dtype, Uint16Array.from(bits), shape);

function tensor(
  dtype: string,
  values: Float32Array | Float64Array | Uint16Array,
  shape: readonly number[] = [values.length],
): TestTensor {
  return { dtype, shape, data: new Uint8Array(values.buffer) };
}

export const CONVERT: Recipe = { kind: 'convert' };

export function rebuild(child: Weights, parents: readonly Weights[], recipe = CONVERT): Promise<Recomputation> {
  return recompute(child, parents, recipe, {});
}

/** The only tensor that is not exact. */
export function onlyUnequal({ unequal }: Recomputation): TensorResult {
  const [first] = unequal;
  if (first === undefined || unequal.length > 1) throw new Error(`expected one tensor, found ${unequal.length}`);
  return first;
}
