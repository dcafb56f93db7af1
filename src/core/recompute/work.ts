import { compareUtf8, quote } from '../bytes/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { lowRankOf, readAdapter } from './adapter.ts';
import { type Formula, linear, lowRankUpdate, same } from './formula.ts';
import { pairTensors } from './pairing.ts';
import type { Recipe, Undecided } from './recipe.ts';
import type { TensorResult } from './result.ts';
import { slerp } from './slerp.ts';
import type { TensorReader } from './tensor-reader.ts';
import type { Weight, Weights } from './weights.ts';

type MaybeFormula = Formula | Undecided;

/** One tensor of the child and what it is computed from. */
export interface Task {
  readonly key: string;
  readonly child: Weight;
  readonly parents: readonly Weight[];
  /** How, with readers of the parents; absent where the bytes are to be the parent's. */
  readonly formula?: (readers: readonly TensorReader[]) => MaybeFormula | Promise<MaybeFormula>;
}

export interface Work {
  readonly tasks: readonly Task[];
  /** Tensors that cannot be what the recipe gives, without reading them. */
  readonly settled: readonly TensorResult[];
  readonly renamed: number;
  readonly missing: readonly string[];
}

/** What there is to compare, or why nothing can be. Reads an adapter's configuration, and tensors that no name pairs. */
export async function planWork(
  child: Weights,
  parents: readonly Weights[],
  recipe: Recipe,
  options: AbortOptions,
): Promise<Work | Undecided> {
  if (recipe.kind === 'convert') return planConversion(child, parents[0] as Weights, options);
  if (recipe.kind === 'lora') return planAdapter(child, parents, recipe.adapter);
  const formula: Task['formula'] = (readers) =>
    recipe.kind === 'linear' ? linear(readers, recipe.weights) : slerp(readers, recipe.t, options);
  return planMerge(child, parents, () => formula);
}

async function planConversion(child: Weights, parent: Weights, options: AbortOptions): Promise<Work> {
  const { pairs, renamed, unclear, added, missing } = await pairTensors(child.tensors, parent.tensors, options);
  return {
    renamed,
    missing,
    settled: [...added.map((key) => extra(child, key, parent)), ...unclear.map((key) => nameless(child, key, parent))],
    tasks: pairs.map((pair) => ({
      key: pair.key,
      child: pair.child,
      parents: [pair.parent],
      ...(pair.child.dtype === pair.parent.dtype ? {} : { formula: ([reader]) => same(reader as TensorReader) }),
    })),
  };
}

function planAdapter(child: Weights, parents: readonly Weights[], index: number): Work | Undecided {
  const base = parents.find((_, i) => i !== index) as Weights;
  const adapter = readAdapter(parents[index] as Weights);
  if ('undecided' in adapter) return adapter;
  const stray = [...adapter.pairs.keys()].find((target) => !base.tensors.has(target));
  if (stray !== undefined)
    return { undecided: `the adapter updates ${quote(stray, 80)}, which the base does not have` };
  return planMerge(child, [base], (key) => {
    const pair = adapter.pairs.get(key);
    if (pair === undefined) return undefined;
    return ([reader]) => {
      const update = lowRankOf(adapter, pair, (reader as TensorReader).weight);
      return 'undecided' in update ? update : lowRankUpdate(reader as TensorReader, update);
    };
  });
}

function planMerge(child: Weights, parents: readonly Weights[], formulaOf: (key: string) => Task['formula']): Work {
  const tasks: Task[] = [];
  const settled: TensorResult[] = [];
  for (const [key, weight] of child.tensors) {
    const sources = parents.flatMap(({ tensors }) => tensors.get(key) ?? []);
    const without = parents.find(({ tensors }) => !tensors.has(key));
    const formula = formulaOf(key) ?? conversion(weight, sources[0]);
    if (without !== undefined) settled.push(extra(child, key, without));
    else tasks.push({ key, child: weight, parents: sources, ...(formula === undefined ? {} : { formula }) });
  }
  const all = new Set(parents.flatMap(({ tensors }) => [...tensors.keys()]));
  return {
    tasks,
    settled,
    renamed: 0,
    missing: [...all].filter((key) => !child.tensors.has(key)).toSorted(compareUtf8),
  };
}

/** What an adapter does not touch is the base's, in the child's dtype. */
const conversion = (child: Weight, parent: Weight | undefined): Task['formula'] =>
  child.dtype === parent?.dtype ? undefined : ([reader]) => same(reader as TensorReader);

const extra = (child: Weights, key: string, parent: Weights): TensorResult => ({
  tensor: key,
  dtype: child.tensors.get(key)?.dtype ?? '',
  outcome: 'different',
  why: `${quote(parent.name, 80)} has no such tensor`,
});

const nameless = (child: Weights, key: string, parent: Weights): TensorResult => ({
  tensor: key,
  dtype: child.tensors.get(key)?.dtype ?? '',
  outcome: 'undecided',
  why: `${quote(parent.name, 80)} has no tensor of this name, nor one of other name that begins with these values`,
});
