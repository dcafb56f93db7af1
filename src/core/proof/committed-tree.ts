import path from 'node:path';
import { decodeHex, equalBytes, hexEncode, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { EvidenceLine } from './evidence-trees.ts';
import { type RecordIndex, type RecordSource, rootOf } from './record-index.ts';
import type { SignedTree } from './signed-tree.ts';

/** A tree, and the statement that commits to it. */
export interface ListedTree {
  readonly line: EvidenceLine;
  readonly tree: SignedTree;
}

/** The tree that the file makes; of several, one that has the file's name. */
export function committed(
  { file, kind }: RecordSource,
  index: RecordIndex,
  listed: readonly ListedTree[],
): ListedTree | undefined {
  const root = hexEncode(rootOf(index));
  const equal = listed.filter(
    ({ tree }) => tree.root === root && tree.size === index.size && (tree.records ?? kind) === kind,
  );
  return equal.find(({ tree }) => path.posix.basename(tree.name) === file.name) ?? equal[0];
}

/** Why no tree is that of the file: the one with its name says more, or has other bytes. */
export function notCommitted(
  { file, kind, salts }: RecordSource,
  index: RecordIndex,
  listed: readonly ListedTree[],
  attestations: string,
): StemmaError {
  const source = quote(path.basename(attestations));
  const named = listed.find(({ tree }) => path.posix.basename(tree.name) === file.name);
  const name = quote(file.name);
  if (named === undefined) {
    const names = [...new Set(listed.map(({ tree }) => quote(tree.name)))];
    const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
    return new StemmaError('NOT_COMMITTED', `${name} is none of the logs that ${source} commits to: ${shown}`);
  }
  const { line, tree } = named;
  const why =
    tree.size !== index.size
      ? `it has ${index.size} records, the statement says ${tree.size}`
      : (tree.records ?? kind) !== kind
        ? `its name makes it ${kind}, the statement says ${tree.records}`
        : equalBytes(rootOf(index), decodeHex(tree.root))
          ? 'the tree is another one'
          : `${index.size} records, but another root${salts === undefined ? '' : ': other bytes, or another secret'}`;
  return new StemmaError(
    'NOT_COMMITTED',
    `${name} is not the log that line ${line.line} of ${source} commits to: ${why}`,
    {
      details: { line: line.line },
    },
  );
}

/** Why there is nothing to compare a file with. */
export function nothingListed(
  evidence: readonly EvidenceLine[],
  attestations: string,
  wanted: 'record' | 'salted-record',
): StemmaError {
  const what = wanted === 'record' ? 'a training log or dataset file' : 'a salted log';
  const isSalted = evidence.some(({ trees }) => trees.some(({ reference }) => reference.kind === 'salted-file'));
  const hint = isSalted
    ? 'a record of a salted dataset is proven with --secret and --dataset'
    : 'attest the model with --log to commit to its training logs';
  const source = quote(path.basename(attestations));
  return new StemmaError('EVIDENCE_MISSING', `no statement in ${source} commits to ${what}`, { hint });
}
