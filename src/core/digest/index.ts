export { digestLength, type HashName, type IncrementalHash, multihash } from './algorithms.ts';
export {
  compareDigestSets,
  type DigestComparison,
  type DigestSet,
  FILE_TREE,
  formatDigestSet,
  LOG_TREE,
  looksLikeDigestSet,
  parseDigestSet,
  parseDigestSetText,
  SALTED_TREE,
  SEGMENT_TREE_BLAKE3,
  SEGMENT_TREE_SHA256,
} from './digest-set.ts';
export { hashFiles } from './engine.ts';
export { createHash, hasNativeBlake3, sha256 } from './native.ts';
export type { EngineOptions, FileIdentity, FileRequest, FileResult, SegmentRequest } from './request.ts';
