export type { Errors } from './compare.ts';
export { COMPUTED_RELATIONS, type ComputedRelation, chooseRecipe, type Recipe } from './recipe.ts';
export { recompute } from './recompute.ts';
export { notCompared, type Recomputation, type RecomputeOutcome, type TensorResult } from './result.ts';
export { mayHoldWeights, type Weights, weightsOf } from './weights.ts';
