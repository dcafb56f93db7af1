import { quote } from '../bytes/index.ts';

/** Relations that are computations: the others are training, of which nothing can be computed again here. */
export const COMPUTED_RELATIONS = ['converted-from', 'quantized-from', 'merged-from'] as const;
export type ComputedRelation = (typeof COMPUTED_RELATIONS)[number];

/** How a child is computed from its parents; the closed table of docs/recompute.md. */
export type Recipe =
  /** Each tensor of the one parent, in the dtype and under the name that the child has it. */
  | { readonly kind: 'convert' }
  | { readonly kind: 'linear'; readonly weights: readonly number[] }
  | { readonly kind: 'slerp'; readonly t: number }
  /** @param adapter index of the parent that is one */
  | { readonly kind: 'lora'; readonly adapter: number };

/** Nothing contradicts, and nothing is shown. */
export interface Undecided {
  readonly undecided: string;
  readonly hint?: string;
}

/** What the signer says of a parent. */
export interface RecipeParent {
  /** Parts per million. */
  readonly share: number | undefined;
  readonly isAdapter: boolean;
}

const SUM_TOLERANCE = 1e-6;
const MAX_PARENTS = 64;
const HOW =
  'the signer says it with --base merged-from=REF,share=0.5 for each parent, or --param merge_method=slerp --param t=0.5';

/**
 * The recipe that a signed provenance asks for: by its relation, by the shares of its links, and by its parameters
 * `merge_method`, `weights` and `t`. All of them are the signer's, and none is taken from the models, but that one is an adapter.
 */
export function chooseRecipe(
  relation: ComputedRelation,
  parents: readonly RecipeParent[],
  parameters: Readonly<Record<string, string>>,
): Recipe | Undecided {
  if (relation !== 'merged-from') {
    return parents.length === 1
      ? { kind: 'convert' }
      : { undecided: `expected one parent that the model is ${relation}, found ${parents.length}` };
  }
  if (parents.length < 2 || parents.length > MAX_PARENTS)
    return { undecided: `expected 2 to ${MAX_PARENTS} parents of a merge, found ${parents.length}` };
  const method = methodOf(parents, parameters);
  switch (method) {
    case 'linear':
      return linearRecipe(parents, parameters);
    case 'slerp':
      return slerpRecipe(parents, parameters);
    case 'lora':
      return loraRecipe(parents);
    case undefined:
      return { undecided: 'the provenance does not say how the parents were merged', hint: HOW };
    default:
      return { undecided: `the merge method ${quote(method, 40)} is not one that is recomputed`, hint: HOW };
  }
}

function methodOf(parents: readonly RecipeParent[], parameters: Readonly<Record<string, string>>): string | undefined {
  const { merge_method: named, weights, t } = parameters;
  if (named !== undefined) return named;
  if (parents.some(({ isAdapter }) => isAdapter)) return 'lora';
  if (t !== undefined) return weights === undefined ? 'slerp' : undefined;
  return weights !== undefined || parents.some(({ share }) => share !== undefined) ? 'linear' : undefined;
}

function linearRecipe(
  parents: readonly RecipeParent[],
  { weights: text }: Readonly<Record<string, string>>,
): Recipe | Undecided {
  const shares = parents.flatMap(({ share }) => share ?? []);
  if (shares.length > 0 && text !== undefined)
    return { undecided: 'the links have shares and the parameters have weights: which of them was meant is not said' };
  if (text === undefined && shares.length !== parents.length)
    return { undecided: `expected a share of each of ${parents.length} parents, found ${shares.length}`, hint: HOW };
  const weights = text === undefined ? shares.map((share) => share / 1_000_000) : text.split(',').map(decimal);
  if (weights.length !== parents.length || weights.some(Number.isNaN))
    return { undecided: `expected ${parents.length} decimal weights, found ${quote(text ?? '', 60)}` };
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Math.abs(sum - 1) > SUM_TOLERANCE
    ? { undecided: `expected weights whose sum is 1, found a sum of ${sum}` }
    : { kind: 'linear', weights };
}

function slerpRecipe(
  parents: readonly RecipeParent[],
  parameters: Readonly<Record<string, string>>,
): Recipe | Undecided {
  if (parents.length !== 2) return { undecided: `slerp is between 2 parents, found ${parents.length}` };
  const text = parameters['t'] ?? '';
  const t = decimal(text);
  return t >= 0 && t <= 1 ? { kind: 'slerp', t } : { undecided: `expected t from 0 to 1, found ${quote(text, 60)}` };
}

function loraRecipe(parents: readonly RecipeParent[]): Recipe | Undecided {
  const adapters = parents.flatMap(({ isAdapter }, i) => (isAdapter ? [i] : []));
  const [adapter] = adapters;
  return parents.length === 2 && adapters.length === 1 && adapter !== undefined
    ? { kind: 'lora', adapter }
    : {
        undecided: `expected one base and one adapter, found ${parents.length} parents, ${adapters.length} of them adapters`,
      };
}

/** NaN for anything but a decimal number. */
function decimal(text: string): number {
  const value = /^\s*-?\d{1,20}(?:\.\d{1,30})?(?:[eE]-?\d{1,2})?\s*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
