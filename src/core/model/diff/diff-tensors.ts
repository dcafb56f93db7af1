import { compareUtf8 } from '../../bytes/index.ts';
import type { DescribedTensor } from './describe.ts';

export interface TensorType {
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface TensorDifference {
  readonly name: string;
  /** `retyped`: dtype or shape differ. `changed`: the same type, other bytes. */
  readonly change: 'added' | 'removed' | 'changed' | 'retyped';
  /** Absent for an added tensor. */
  readonly before?: TensorType;
  /** Absent for a removed tensor. */
  readonly after?: TensorType;
}

/** Walks two lists of tensors, each sorted by name, once; what is equal is left out. */
export function diffTensors(
  before: readonly DescribedTensor[],
  after: readonly DescribedTensor[],
): readonly TensorDifference[] {
  const out: TensorDifference[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const a = before[i];
    const b = after[j];
    const order = a === undefined ? 1 : b === undefined ? -1 : compareUtf8(a.name, b.name);
    if (order <= 0) i++;
    if (order >= 0) j++;
    if (order < 0 && a !== undefined) out.push({ name: a.name, change: 'removed', before: typeOf(a) });
    else if (order > 0 && b !== undefined) out.push({ name: b.name, change: 'added', after: typeOf(b) });
    else if (a !== undefined && b !== undefined && !sameTensor(a, b)) {
      const change = sameType(a, b) ? 'changed' : 'retyped';
      out.push({ name: a.name, change, before: typeOf(a), after: typeOf(b) });
    }
  }
  return out;
}

/** Names of the tensors that differ or that only one of the lists, sorted by name, has. */
export function changedTensors(
  before: readonly DescribedTensor[],
  after: readonly DescribedTensor[],
): readonly string[] {
  return diffTensors(before, after).map(({ name }) => name);
}

function typeOf({ dtype, shape }: DescribedTensor): TensorType {
  return { dtype, shape };
}

function sameType(a: DescribedTensor, b: DescribedTensor): boolean {
  return a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);
}

function sameTensor(a: DescribedTensor, b: DescribedTensor): boolean {
  return a.root === b.root && a.length === b.length && sameType(a, b);
}
