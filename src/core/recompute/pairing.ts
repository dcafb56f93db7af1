import { compareUtf8 } from '../bytes/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { digestOf, startAs, typeOf } from './tensor-marks.ts';
import { turn } from './turn.ts';
import type { Weight } from './weights.ts';

/** A child's tensor and the parent's that it is computed from. */
export interface TensorPair {
  readonly key: string;
  readonly child: Weight;
  readonly parent: Weight;
}

export interface Pairing {
  /** In the order of the child's names. */
  readonly pairs: readonly TensorPair[];
  readonly renamed: number;
  /** Keys of the child's tensors that may be one of the parent's, renamed and converted in a way that is not known here. */
  readonly unclear: readonly string[];
  /** Keys of the child's tensors that no tensor of the parent belongs to. */
  readonly added: readonly string[];
  /** Keys of the parent's tensors that the child leaves out. */
  readonly missing: readonly string[];
}

type Tensors = ReadonlyMap<string, Weight>;

/**
 * Pairs by name, and what is then left by its bytes: a renamed tensor has the same dtype, shape and digest, or the same shape and,
 * in the child's dtype, the same first values. Of several equal ones it is the first in the order of names.
 *
 * @throws StemmaError as `TensorReader`, INTERRUPTED
 */
export async function pairTensors(child: Tensors, parent: Tensors, options: AbortOptions): Promise<Pairing> {
  const named = inOrder(child).flatMap(([key, weight]): TensorPair[] => {
    const same = parent.get(key);
    return same === undefined ? [] : [{ key, child: weight, parent: same }];
  });
  const left = new Leftovers(
    new Map(inOrder(child).filter(([key]) => !parent.has(key))),
    new Map(inOrder(parent).filter(([key]) => !child.has(key))),
    options,
  );
  const renamed = [...(await takeEqual(left)), ...(await takeConverted(left))];
  const unclear = await takeSameShape(left);
  return {
    pairs: [...named, ...renamed].toSorted((a, b) => compareUtf8(a.key, b.key)),
    renamed: renamed.length,
    unclear: unclear.map(({ key }) => key),
    added: [...left.added.keys()],
    missing: [...left.missing.keys()],
  };
}

/** The tensors of both that have no partner yet. */
class Leftovers {
  readonly added: Map<string, Weight>;
  readonly missing: Map<string, Weight>;
  readonly #options: AbortOptions;

  constructor(added: Map<string, Weight>, missing: Map<string, Weight>, options: AbortOptions) {
    this.added = added;
    this.missing = missing;
    this.#options = options;
  }

  /** Takes out the pairs whose marks are equal; linear in the tensors, however many are alike. */
  async take(
    marksOfMissing: (weight: Weight) => readonly string[],
    markOfAdded: (weight: Weight) => string | undefined,
  ): Promise<TensorPair[]> {
    const byMark = new Map<string, string[]>();
    for (const [name, weight] of [...this.missing].toReversed()) {
      await turn(this.#options);
      for (const mark of marksOfMissing(weight)) {
        const alike = byMark.get(mark);
        if (alike === undefined) byMark.set(mark, [name]);
        else alike.push(name);
      }
    }
    const taken: TensorPair[] = [];
    if (byMark.size === 0) return taken;
    for (const [key, child] of this.added) {
      await turn(this.#options);
      const mark = markOfAdded(child);
      const alike = mark === undefined ? undefined : byMark.get(mark);
      let name = alike?.pop();
      while (name !== undefined && !this.missing.has(name)) name = alike?.pop();
      if (name === undefined) continue;
      taken.push({ key, child, parent: this.missing.get(name) as Weight });
      this.added.delete(key);
      this.missing.delete(name);
    }
    return taken;
  }
}

function takeEqual(left: Leftovers): Promise<TensorPair[]> {
  const wanted = new Set([...left.added.values()].map(typeOf));
  const offered = new Set([...left.missing.values()].map(typeOf));
  return left.take(
    (weight) => (wanted.has(typeOf(weight)) ? [digestOf(weight)] : []),
    (weight) => (offered.has(typeOf(weight)) ? digestOf(weight) : undefined),
  );
}

function takeConverted(left: Leftovers): Promise<TensorPair[]> {
  const dtypes = dtypesByShape(left);
  return left.take(
    (weight) => dtypes(weight).flatMap((dtype) => startAs(weight, dtype) ?? []),
    (weight) => startAs(weight, weight.dtype),
  );
}

function takeSameShape(left: Leftovers): Promise<TensorPair[]> {
  const dtypes = dtypesByShape(left);
  return left.take((weight) => dtypes(weight).map((dtype) => typeOf({ ...weight, dtype })), typeOf);
}

/** Which other dtypes the added tensors of a weight's shape have. */
function dtypesByShape({ added }: Leftovers): (weight: Weight) => readonly string[] {
  const byShape = new Map<string, Set<string>>();
  for (const weight of added.values()) {
    const shape = JSON.stringify(weight.shape);
    byShape.set(shape, (byShape.get(shape) ?? new Set()).add(weight.dtype));
  }
  return ({ shape, dtype }) => [...(byShape.get(JSON.stringify(shape)) ?? [])].filter((each) => each !== dtype);
}

const inOrder = (tensors: Tensors): [string, Weight][] => [...tensors].toSorted(([a], [b]) => compareUtf8(a, b));
