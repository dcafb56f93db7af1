export { buildLineage } from './build.ts';
export type { Evidence, Signer } from './evidence.ts';
export { EvidenceIndex } from './evidence-index.ts';
export {
  type Ancestor,
  type AncestorVerdict,
  COMPANIONS,
  type JudgeAncestor,
  type LineageEdge,
  type LineageGraph,
  type LineageNode,
  type LineageRules,
  type Outcome,
} from './graph.ts';
export { judgeIdentity } from './judge.ts';
export { readingOf } from './reading.ts';
