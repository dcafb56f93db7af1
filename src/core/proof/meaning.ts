import { quote } from '../bytes/index.ts';
import type { Proof } from './proof-schema.ts';
import type { SignedTree } from './signed-tree.ts';

/** What a proof that holds shows, and what a reader could take it for and it does not show. Sentences for people. */
export interface Meaning {
  readonly proven: string;
  readonly notProven: readonly string[];
}

/** @param subject what the signer calls the artifact of the statement; untrusted */
export function meaningOf(proof: Proof, tree: SignedTree, subject: string | undefined): Meaning {
  const of = subject === undefined ? '' : ` of ${quote(subject)}`;
  const { size } = tree;
  const place = `${proof.index + 1} of ${size}`;
  switch (proof.kind) {
    case 'record':
    case 'salted-record': {
      const what = 'log' in proof.tree ? 'the log' : 'the dataset file';
      const named = tree.name === '' ? what : `${what} ${quote(tree.name)}`;
      return {
        proven: `these bytes are record ${place} in ${named}${of}`,
        notProven: [
          ...others(size, 'record'),
          'that what the record says is true',
          ...(tree.truncated === true && proof.index === size - 1
            ? ['that the record is whole: the log ends in it']
            : []),
        ],
      };
    }
    case 'file': {
      const named = proof.leaf.path === '' ? 'the file' : `the file ${quote(proof.leaf.path)}`;
      return {
        proven: `${named} is leaf ${place} in the file tree${of}, with this size and SHA-256`,
        notProven: [...others(size, 'file'), 'the bytes of a file at hand: compare its size and SHA-256'],
      };
    }
    case 'tensor': {
      const set = tree.name === '' ? 'the file' : quote(tree.name);
      return {
        proven: `the tensor ${quote(proof.leaf.name)} is leaf ${place} in the tensor tree of ${set}${of}, with this data type, shape, length and chunk root`,
        notProven: [
          ...others(size, 'tensor'),
          'the bytes of a tensor at hand: verify --full makes its chunk root anew',
        ],
      };
    }
  }
}

function others(size: number, noun: string): string[] {
  if (size === 1) return [];
  return [size === 2 ? `anything about the other ${noun}` : `anything about the other ${size - 1} ${noun}s`];
}
