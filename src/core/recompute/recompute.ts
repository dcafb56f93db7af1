import { compareUtf8, quote } from '../bytes/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { type Advance, type Compared, compareRaw, compareTensor, shapeProblem, worse } from './compare-tensor.ts';
import type { Recipe } from './recipe.ts';
import { MAX_LISTED, notCompared, type Recomputation, type RecomputeOutcome } from './result.ts';
import { TensorReader } from './tensor-reader.ts';
import { turn } from './turn.ts';
import type { Weights } from './weights.ts';
import { planWork, type Task } from './work.ts';

export type RecomputeOptions = AbortOptions & ProgressOptions;

/**
 * Rebuilds every tensor of a child from its parents' and compares, piece by piece: memory does not grow with the model, but for
 * the factors of a low-rank update. What the child lacks of its parents, and has beyond them, makes it different.
 *
 * @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED, INTERRUPTED
 */
export async function recompute(
  child: Weights,
  parents: readonly Weights[],
  recipe: Recipe,
  options: RecomputeOptions,
): Promise<Recomputation> {
  const problem = [child, ...parents].find((weights) => weights.problem !== undefined)?.problem;
  if (problem !== undefined) return notCompared(problem);
  const work = await planWork(child, parents, recipe, options);
  if ('undecided' in work) return notCompared(work.undecided);
  const { tasks, settled, renamed, missing } = work;
  const advance = progress(tasks, options);
  const unequal = [...settled];
  let exact = 0;
  for (const task of tasks) {
    await turn(options);
    const compared = await runTask(task, advance);
    if (compared.outcome === 'exact') exact++;
    else unequal.push({ tensor: task.key, dtype: task.child.dtype, ...compared });
  }
  const start: RecomputeOutcome = missing.length > 0 ? 'different' : 'exact';
  return {
    outcome: unequal.reduce<RecomputeOutcome>((worst, { outcome }) => worse(worst, outcome), start),
    tensors: child.tensors.size,
    exact,
    unequal: unequal.toSorted((a, b) => compareUtf8(a.tensor, b.tensor)).slice(0, MAX_LISTED),
    renamed,
    missing: missing.slice(0, MAX_LISTED),
  };
}

async function runTask({ key, child, parents, formula }: Task, advance: Advance): Promise<Compared> {
  const wrong = parents.flatMap((parent) => shapeProblem(child, parent) ?? [])[0];
  if (wrong !== undefined) return { outcome: 'different', why: wrong };
  const open: TensorReader[] = [];
  try {
    for (const weight of [child, ...parents]) open.push(new TensorReader(weight));
    const [own, ...readers] = open as [TensorReader, ...TensorReader[]];
    if (formula === undefined) return await compareRaw(own, readers[0] as TensorReader, advance);
    const unknown = open.find(({ encoding }) => encoding === undefined)?.weight.dtype;
    if (unknown !== undefined)
      return { outcome: 'undecided', why: `values of type ${quote(unknown)} are not computed` };
    const built = await formula(readers);
    if ('undecided' in built) return { outcome: 'undecided', why: built.undecided };
    if (built.slack !== undefined && open.some(({ encoding }) => encoding?.block !== 1))
      return {
        outcome: 'undecided',
        why: `${quote(key, 80)} is quantised; a merge is computed of floating-point tensors`,
      };
    return await compareTensor(own, built, advance);
  } finally {
    for (const reader of open) reader.close();
  }
}

const REPORT_EVERY = 64 * 1024 * 1024;
/** Bytes after which others get their turn, such as whoever interrupts. */
const TURN_EVERY = 16 * 1024 * 1024;

function progress(tasks: readonly Task[], options: RecomputeOptions): Advance {
  const total = tasks.reduce((sum, { child }) => sum + child.length, 0);
  let done = 0;
  let reported = 0;
  let sinceTurn = 0;
  return async (bytes) => {
    done += bytes;
    sinceTurn += bytes;
    if (done - reported >= REPORT_EVERY || (bytes > 0 && done === total)) {
      reported = done;
      options.onProgress?.({ phase: 'recomputing', done, total });
    }
    if (sinceTurn < TURN_EVERY && bytes > 0) return;
    sinceTurn = 0;
    await turn(options);
  };
}
