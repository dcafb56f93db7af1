import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { verifyConsistency, verifyInclusion } from '../../../src/core/merkle/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { sha256 } from './support.ts';

interface Vector {
  readonly desc: string;
  readonly wantErr: boolean;
  /** Base64 of each node; null in some files for an empty proof. */
  readonly proof: readonly string[] | null;
}
interface InclusionVector extends Vector {
  readonly leafIdx: string;
  readonly treeSize: string;
  readonly leafHash: string;
  readonly root: string;
}
interface ConsistencyVector extends Vector {
  readonly size1: string;
  readonly size2: string;
  readonly root1: string;
  readonly root2: string;
}

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
const filesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));

/** Integers come back as text: they go up to 2^64-1, and JSON.parse alone would round them. */
const exact = (file: string): string => readFileSync(file, 'utf8').replaceAll(/: (\d+)/g, ': "$1"');

describeVectors('merkle', (dir) => {
  const inclusion = filesBelow(path.join(dir, 'inclusion')).map((file) => {
    const vector: InclusionVector = JSON.parse(exact(path.join(dir, 'inclusion', file)));
    return { file, ...vector };
  });
  const consistency = filesBelow(path.join(dir, 'consistency')).map((file) => {
    const vector: ConsistencyVector = JSON.parse(exact(path.join(dir, 'consistency', file)));
    return { file, ...vector };
  });

  it('has 196 cases, among them positions that a double cannot hold', () => {
    expect([inclusion.length, consistency.length]).toEqual([98, 98]);
    expect(inclusion.some(({ leafIdx }) => leafIdx === '18446744073709551615')).toBe(true);
  });

  it.each(inclusion)('inclusion $file: $desc', (vector) => {
    const accepted = verifyInclusion(sha256, {
      index: BigInt(vector.leafIdx),
      size: BigInt(vector.treeSize),
      leafHash: bytes(vector.leafHash),
      root: bytes(vector.root),
      proof: (vector.proof ?? []).map(bytes),
    });
    expect(accepted).toBe(!vector.wantErr);
  });

  it.each(consistency)('consistency $file: $desc', (vector) => {
    const accepted = verifyConsistency(sha256, {
      size1: BigInt(vector.size1),
      size2: BigInt(vector.size2),
      root1: bytes(vector.root1),
      root2: bytes(vector.root2),
      proof: (vector.proof ?? []).map(bytes),
    });
    expect(accepted).toBe(!vector.wantErr);
  });
});
