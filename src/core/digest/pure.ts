/** What of this folder a browser can load. The pure rooms (design §6) import this in place of the index, which brings `node:` modules. */
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
export { LazyList, type List } from './lazy-list.ts';
