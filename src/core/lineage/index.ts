export type { Evidence, Signer } from './evidence.ts';
export type {
  Ancestor,
  AncestorVerdict,
  EdgeRelation,
  JudgeAncestor,
  LineageEdge,
  LineageGraph,
  LineageNode,
  LineageRules,
  NodeRole,
  Outcome,
} from './graph.ts';
