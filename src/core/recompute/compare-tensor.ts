import { quote } from '../bytes/index.ts';
import { Comparison } from './compare.ts';
import type { Encoding, Values } from './encodings.ts';
import { type Formula, same } from './formula.ts';
import type { RecomputeOutcome, TensorResult } from './result.ts';
import { TensorReader } from './tensor-reader.ts';
import type { Weight } from './weights.ts';

/** Elements that are computed at a time: they and their bytes stay in the cache, and are whole blocks of every type. */
const PIECE = 128 * 1024;
/** Bytes of a tensor that are compared as they are, at a time. */
const RAW_PIECE = 1024 * 1024;

export type Compared = { readonly outcome: 'exact' } | Omit<TensorResult, 'tensor' | 'dtype'>;

/** Awaited with each number of bytes of the child that was compared: lets others work, and throws to stop. */
export type Advance = (bytes: number) => Promise<void>;

/**
 * Compares a child's tensor with what the formula gives, piece by piece.
 *
 * @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED
 */
export async function compareTensor(child: TensorReader, formula: Formula, advance: Advance): Promise<Compared> {
  const { encoding, weight } = child;
  if (encoding === undefined) throw new TypeError(`"${weight.dtype}" has no values to compare`);
  const comparison = new Comparison(encoding);
  let values: Values = new Float32Array(0);
  for (let at = 0; at < weight.parameters; at += PIECE) {
    const count = Math.min(PIECE, weight.parameters - at);
    if (values.length !== count) values = valuesFor(encoding, count);
    formula.values(at, values);
    const found = child.blocks(at, count);
    comparison.add(at, values, found, formula.slack);
    await advance(found.length);
  }
  for (const reader of [child, ...formula.readers]) reader.finish();
  if (!comparison.unequal) return { outcome: 'exact' };
  const errors = comparison.errors(weight.parameters);
  if (comparison.undefinedBlocks)
    return {
      outcome: 'undecided',
      why: 'values that are not finite were quantised, which has no defined result',
      errors,
    };
  if (comparison.beyond) return { outcome: 'different', errors };
  return errors.differing === 0
    ? { outcome: 'close', why: 'the values are equal, but a NaN or a block is written in other bits', errors }
    : { outcome: 'close', errors };
}

const valuesFor = ({ bytes }: Encoding, count: number): Values =>
  bytes === 8 ? new Float64Array(count) : new Float32Array(count);

/**
 * Compares two tensors of one dtype by their bytes, whatever the dtype; the values only where they differ.
 *
 * @throws StemmaError as `compareTensor`
 */
export async function compareRaw(child: TensorReader, parent: TensorReader, advance: Advance): Promise<Compared> {
  const { length } = child.weight;
  for (let at = 0; at < length; at += RAW_PIECE) {
    const size = Math.min(RAW_PIECE, length - at);
    const [found, expected] = [child.bytes(at, size), parent.bytes(at, size)];
    if (Buffer.compare(found, expected) !== 0) {
      const position = at + firstDifference(found, expected);
      if (child.encoding === undefined) return { outcome: 'different', why: `its data differs at byte ${position}` };
      return compareTensor(child, same(parent), () => advance(0));
    }
    await advance(size);
  }
  child.finish();
  parent.finish();
  return { outcome: 'exact' };
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (a[at] === b[at]) at++;
  return at;
}

/** Why two tensors cannot be the same values: another shape. */
export function shapeProblem(child: Weight, parent: Weight): string | undefined {
  const [found, expected] = [JSON.stringify(child.shape), JSON.stringify(parent.shape)];
  return found === expected ? undefined : `its shape is ${found}, that of ${quote(parent.name, 80)} is ${expected}`;
}

const ORDER: readonly RecomputeOutcome[] = ['exact', 'close', 'undecided', 'different'];

/** The worst of the outcomes. */
export const worse = (a: RecomputeOutcome, b: RecomputeOutcome): RecomputeOutcome =>
  ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
