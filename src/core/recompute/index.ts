export type { Errors } from './compare.ts';
export { COMPUTED_RELATIONS, type ComputedRelation, chooseRecipe, type Recipe, type Undecided } from './recipe.ts';
export { type RecomputeOptions, recompute } from './recompute.ts';
export type { Recomputation, RecomputeOutcome, TensorResult } from './result.ts';
export { type Weights, weightsOf } from './weights.ts';
