export { CompactRange, merkleRoot } from './compact-range.ts';
export { type HashFunction, leafHash } from './hash.ts';
export { MerkleLayers } from './layers.ts';
export { StreamedConsistency } from './streamed-consistency.ts';
export { StreamedPath } from './streamed-path.ts';
export { type Subtree, SubtreeRange } from './subtree-range.ts';
export { type ConsistencyClaim, type InclusionClaim, verifyConsistency, verifyInclusion } from './verify-proof.ts';
