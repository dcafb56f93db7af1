export { CompactRange, merkleRoot } from './compact-range.ts';
export { HASH_BYTES, type HashFunction, leafHash } from './hash.ts';
export { MerkleLayers } from './layers.ts';
export { type ConsistencyClaim, type InclusionClaim, verifyConsistency, verifyInclusion } from './verify-proof.ts';
