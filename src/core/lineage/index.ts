export { buildLineage, type LineageQuestion } from './build.ts';
export type { Evidence, Signer } from './evidence.ts';
export {
  type Ancestor,
  type AncestorVerdict,
  COMPANIONS,
  type EdgeRelation,
  type JudgeAncestor,
  type LineageEdge,
  type LineageGraph,
  type LineageNode,
  type LineageRules,
  type NodeRole,
  type Outcome,
} from './graph.ts';
export { isIdentityFor, judgeIdentity } from './judge.ts';
export { isDescent } from './questions.ts';
export { type Reading, readingOf } from './reading.ts';
