import { decodeHex } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { type HashFunction, leafHash, verifyInclusion } from '../merkle/index.ts';
import { saltedFileLeaf } from '../records/index.ts';
import type { Proof } from './proof-schema.ts';
import type { SignedTree } from './signed-tree.ts';

type SaltedTree = Extract<Proof, { readonly kind: 'salted-record' }>['tree'];
/** A file of a salted dataset, as a proof has it. */
export type SaltedFileReference = Extract<SaltedTree, { readonly file: string }>;

/**
 * The record tree of one file of a salted dataset: number of records and root, which the proof has, count only once the leaf
 * with them was found in the signed tree over the files.
 *
 * @param files the tree that the statement has
 * @returns undefined where the leaf is not in that tree
 * @throws StemmaError PROOF_INVALID for a position beyond that tree
 */
export function saltedFileTree(
  reference: SaltedFileReference,
  files: SignedTree,
  sha256: HashFunction,
): SignedTree | undefined {
  const { file, records, root, index, path } = reference;
  if (index >= files.size) {
    const found = `expected an index of the file below ${files.size}, the signed size, found ${index}`;
    throw new StemmaError('PROOF_INVALID', `${found} (at /tree/index)`);
  }
  const included = verifyInclusion(sha256, {
    index: BigInt(index),
    size: BigInt(files.size),
    leafHash: leafHash(sha256, saltedFileLeaf(file, records, decodeHex(root))),
    proof: path.map(decodeHex),
    root: decodeHex(files.root),
  });
  if (!included) return undefined;
  return { reference: { kind: 'salted-record', tree: reference }, name: file, size: records, root, records: 'lf' };
}
