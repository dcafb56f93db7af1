import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hexEncode } from '../../../src/core/bytes/index.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { leafHash } from '../../../src/core/merkle/index.ts';
import { fileLeaf, tensorLeaf } from '../../../src/core/model/index.ts';
import type { Proof } from '../../../src/core/proof/index.ts';
import { leafData } from '../../../src/core/proof/proof.ts';
import { proofSchema } from '../../../src/core/proof/proof-schema.ts';
import { fencedBlocks } from '../../support/markdown.ts';
import { check, lineOf, provenance, signed, text, treeOf } from './support.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/formats/proof.md'), 'utf8');
const ROW = /^\| `([a-z-]+)` \| `(\{.*\})` \| `([0-9a-f]{64})` \|$/gm;

test('docs/formats/proof.md has the line that a proof of that record is', async () => {
  const tree = treeOf(['a\n', 'b\n', 'c'].map(text));
  const proof: Proof = {
    type: 'https://w3id.org/stemma/proof/v1',
    kind: 'record',
    tree: { log: 0 },
    leaf: { text: 'b\n' },
    index: 1,
    path: tree.inclusionProof(1).map(hexEncode),
    statement: await signed(provenance([{ name: 'train.jsonl', size: 3, root: tree.root() }])),
  };
  const [block] = fencedBlocks(page).filter(({ language }) => language === 'jsonl');

  expect(block?.lines).toEqual([lineOf(proof).trimEnd()]);
  expect((await check(`${block?.lines.join('')}\n`)).result).toBe('pass');
});

const rows = Array.from(page.matchAll(ROW), ([, kind, leaf = '', hash]) => ({ kind, leaf, hash }));

test('docs/formats/proof.md has a leaf hash for each kind', () => {
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['record', 'salted-record', 'file', 'tensor']));
});

test.each(rows)('docs/formats/proof.md: $kind $leaf', ({ kind, leaf, hash }) => {
  const tree = { record: { log: 0 }, 'salted-record': { log: 0 }, tensor: { set: '' } }[kind ?? ''];
  const proof = proofSchema.parse({
    type: 'https://w3id.org/stemma/proof/v1',
    kind,
    ...(tree === undefined ? {} : { tree }),
    leaf: JSON.parse(leaf),
    index: 0,
    path: [],
    statement: '{}',
  });

  expect(hexEncode(leafHash(sha256, leafData(proof, { fileLeaf, tensorLeaf })))).toBe(hash);
});
