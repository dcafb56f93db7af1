import {
  DATASET_PREDICATE_TYPE,
  MODEL_PREDICATE_TYPE,
  PROVENANCE_PREDICATE_TYPE,
  parseDatasetPredicate,
  parseModelPredicate,
  parseProvenance,
  type Statement,
} from '../attestation/index.ts';
import { LOG_TREE, SALTED_TREE } from '../digest/pure.ts';
import type { Proof } from './proof-schema.ts';

type TreeOf<K extends Proof['kind']> = Extract<Proof, { readonly kind: K; readonly tree: unknown }>['tree'];

/** Which tree of a statement a proof is about, as it stands in the proof. */
export type TreeReference =
  | { readonly kind: 'record'; readonly tree: TreeOf<'record'> }
  | { readonly kind: 'salted-record'; readonly tree: TreeOf<'salted-record'> }
  | { readonly kind: 'file' }
  | { readonly kind: 'tensor'; readonly tree: TreeOf<'tensor'> }
  /** The one tree of a salted dataset: its leaves are the files, each with the root of its records. */
  | { readonly kind: 'salted-file' };

/** A tree to which a statement commits: what a proof must never say of itself. */
export interface SignedTree {
  readonly reference: TreeReference;
  /** Name of the log, path of the file or of the tensor set; empty for the file tree. Untrusted. */
  readonly name: string;
  /** Number of leaves. */
  readonly size: number;
  /** 64 lower-case hex digits. */
  readonly root: string;
  /** Of a record tree. */
  readonly records?: 'lf' | 'tfrecord';
  /** Whether the last record is incomplete. */
  readonly truncated?: boolean;
}

/**
 * Every tree of a statement that a proof can be about; none for a type that has no such tree.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID or JSON_INVALID for a predicate that is not what its type says
 */
export function signedTrees(statement: Statement): readonly SignedTree[] {
  switch (statement.predicateType) {
    case PROVENANCE_PREDICATE_TYPE:
      return logTrees(statement);
    case MODEL_PREDICATE_TYPE:
      return modelTrees(statement);
    case DATASET_PREDICATE_TYPE:
      return datasetTrees(statement);
    default:
      return [];
  }
}

/** The tree that a reference names, or undefined where the statement has none such. @throws StemmaError as `signedTrees` */
export function signedTreeOf(statement: Statement, wanted: TreeReference): SignedTree | undefined {
  const key = keyOf(wanted);
  return signedTrees(statement).find(({ reference }) => keyOf(reference) === key);
}

function logTrees(statement: Statement): SignedTree[] {
  return parseProvenance(statement).logs.flatMap(({ name, digest, size, records, truncated }, log) =>
    (['record', 'salted-record'] as const).flatMap((kind): SignedTree[] => {
      const root = digest[kind === 'record' ? LOG_TREE : SALTED_TREE];
      return root === undefined ? [] : [{ reference: { kind, tree: { log } }, name, size, root, records, truncated }];
    }),
  );
}

function modelTrees(statement: Statement): SignedTree[] {
  const { fileTree, tensorSets } = parseModelPredicate(statement);
  return [
    { reference: { kind: 'file' }, name: '', size: fileTree.size, root: fileTree.root },
    ...tensorSets.map(({ path, size, root }): SignedTree => {
      return { reference: { kind: 'tensor', tree: { set: path } }, name: path, size, root };
    }),
  ];
}

function datasetTrees(statement: Statement): SignedTree[] {
  const { fileTree, recordTrees = [], saltedTree } = parseDatasetPredicate(statement);
  const salted: SignedTree[] =
    saltedTree === undefined
      ? []
      : [{ reference: { kind: 'salted-file' }, name: '', size: saltedTree.size, root: saltedTree.root }];
  const files: SignedTree[] =
    fileTree === undefined ? [] : [{ reference: { kind: 'file' }, name: '', size: fileTree.size, root: fileTree.root }];
  return [
    ...salted,
    ...files,
    ...recordTrees.map(({ path, size, root }): SignedTree => {
      return { reference: { kind: 'record', tree: { file: path } }, name: path, size, root, records: 'lf' };
    }),
  ];
}

function keyOf(reference: TreeReference): string {
  return JSON.stringify([reference.kind, 'tree' in reference ? reference.tree : null]);
}
