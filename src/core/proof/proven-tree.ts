import path from 'node:path';
import type { EvidenceLine } from './evidence-trees.ts';
import type { SignedTree } from './signed-tree.ts';

/** Which statement and tree proofs were made from. Unauthenticated, and texts untrusted. */
export interface ProvenTree {
  /** The attestations file and the line in it, from 1. */
  readonly source: string;
  readonly line: number;
  readonly predicateType: string;
  /** Name of the log, path of the file of a dataset or of the tensor set; empty for the file tree. */
  readonly name: string;
  readonly size: number;
  readonly root: string;
}

export function provenTree(line: EvidenceLine, { name, size, root }: SignedTree, attestations: string): ProvenTree {
  return {
    source: path.basename(attestations),
    line: line.line,
    predicateType: line.statement.predicateType,
    name,
    size,
    root,
  };
}
