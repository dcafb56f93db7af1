import { decodeHex } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { leafHash, verifyInclusion } from '../merkle/index.ts';
import { fileLeaf, tensorLeaf } from '../model/index.ts';
import { leafData } from './proof.ts';
import type { Proof } from './proof-schema.ts';
import type { SignedTree } from './signed-tree.ts';

/** Whether a proof leads to the root that the statement has, as whoever checks it will ask. */
export function holds(proof: Proof, tree: SignedTree): boolean {
  return verifyInclusion(sha256, {
    index: BigInt(proof.index),
    size: BigInt(tree.size),
    leafHash: leafHash(sha256, leafData(proof, { fileLeaf, tensorLeaf })),
    proof: proof.path.map(decodeHex),
    root: decodeHex(tree.root),
  });
}
