import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildStatement, DATASET_PREDICATE_TYPE } from '../../../src/core/attestation/index.ts';
import { hexEncode } from '../../../src/core/bytes/index.ts';
import { digestSalted, listDataset } from '../../../src/core/dataset/index.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { type Proof, type ProvedRecords, proveRecords } from '../../../src/core/proof/index.ts';
import { fileSecret, RecordSalts } from '../../../src/core/records/index.ts';
import { tempFolder, writeFiles } from '../verify/support.ts';
import { check, coded, lineOf, open, signed, writeLines } from './support.ts';

const FILES = { 'train.jsonl': '{"x":1}\n{"x":2}\n', 'more/train.jsonl': 'a\nb\nc', 'image.png': 'not\nlines\n' };
const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i);

interface Place {
  readonly dataset: string;
  readonly attestations: string;
  readonly secret: Uint8Array;
}

/** A dataset and what `dataset attest --salted` says of it. */
async function attested(files: Readonly<Record<string, string | Uint8Array>> = FILES): Promise<Place> {
  const folder = tempFolder();
  const dataset = writeFiles(path.join(folder, 'data'), files);
  const { set } = await listDataset(dataset, { ignored: [] });
  const { saltedTree, records, recordFiles, files: count, digests } = await digestSalted(set, { secret: SECRET });
  const predicate = { kind: 'folder', files: count, records, recordFiles, saltedTree, optOut: { signals: [] } };
  const payload = buildStatement({ name: 'data', digest: digests }, DATASET_PREDICATE_TYPE, predicate);
  return { dataset, attestations: writeLines(path.join(folder, 'a.jsonl'), [await signed(payload)]), secret: SECRET };
}

const prove = (at: Place, name: string, lines = [1]): Promise<ProvedRecords> =>
  proveRecords({ ...at, file: path.join(at.dataset, name), lines });

test('a record of a salted dataset is proven with its own salt and no other', async () => {
  const { proofs } = await prove(await attested(), 'more/train.jsonl', [3, 1]);
  const report = await check(proofs.map(lineOf).join(''));
  const salts = new RecordSalts(sha256, fileSecret(sha256, SECRET, 'more/train.jsonl'));

  expect(proofs).toMatchObject([
    { tree: { file: 'more/train.jsonl', records: 3 }, leaf: { text: 'c', salt: hexEncode(salts.salt(2)) } },
    { leaf: { text: 'a\n', salt: hexEncode(salts.salt(0)) } },
  ]);
  expect(report.proofs[0]?.verdict).toBe(
    'proven: these bytes are record 3 of 3 in the dataset file "more/train.jsonl" of "data"',
  );
  expect(JSON.stringify(proofs)).not.toContain(hexEncode(salts.salt(1)));
});

test('a file that is not cut is proven as one record, also an empty one and one that is no text', async () => {
  const at = await attested({ 'image.png': FILES['image.png'], 'odd.bin': Buffer.of(0xff, 0x0a, 0x00), empty: '' });
  for (const [name, leaf] of [
    ['image.png', { text: FILES['image.png'] }],
    ['odd.bin', { base64: '/woA' }],
    ['empty', { text: '' }],
  ] as const) {
    const { proofs } = await prove(at, name);
    expect(proofs).toMatchObject([{ index: 0, path: [], tree: { file: name, records: 1 }, leaf }]);
    const report = await check(lineOf(proofs[0] as Proof));
    expect([report.result, report.proofs[0]?.verdict]).toEqual([
      'pass',
      `proven: these bytes are record 1 of 1 in the dataset file "${name}" of "data"`,
    ]);
    const forged = { ...proofs[0], leaf: { ...proofs[0]?.leaf, text: 'other', base64: undefined } };
    expect(open(await check(lineOf(JSON.parse(JSON.stringify(forged)) as object)))).toEqual(['content.inclusion fail']);
  }
});

test('a file of more than 16 MiB is in no proof', async () => {
  const at = await attested({ 'big.bin': Buffer.alloc(16 * 1024 * 1024 + 1) });
  await expect(prove(at, 'big.bin')).rejects.toThrow(coded('TOO_LARGE'));
});

describe('a proof of it does not hold', () => {
  const cases: readonly [string, (tree: Record<string, unknown>) => object, string][] = [
    ['under another path', (tree) => ({ ...tree, file: 'train.jsonl' }), 'content.tree fail'],
    ['with another number of records', (tree) => ({ ...tree, records: 4 }), 'content.tree fail'],
    ['with another root', (tree) => ({ ...tree, root: '00'.repeat(32) }), 'content.tree fail'],
    ['at another position of the file', (tree) => ({ ...tree, index: 0 }), 'content.tree fail'],
    ['without the path of the file', (tree) => ({ ...tree, path: [] }), 'content.tree fail'],
    [
      'with a longer path of the file',
      (tree) => ({ ...tree, path: [...(tree['path'] as string[]), '00'.repeat(32)] }),
      'content.tree fail',
    ],
    ['at a position beyond the files', (tree) => ({ ...tree, index: 3 }), 'content.tree error'],
    ['as a log', () => ({ log: 0 }), 'content.tree fail'],
  ];
  test.each(cases)('%s', async (_, change, why) => {
    const [proof] = (await prove(await attested(), 'more/train.jsonl')).proofs as [
      Extract<Proof, { kind: 'salted-record' }>,
    ];
    const report = await check(lineOf({ ...proof, tree: change({ ...proof.tree }) }));

    expect(open(report)).toEqual([why]);
    const { message } = report.proofs[0]?.checks.find(({ id }) => id === 'content.tree') ?? {};
    if (why.endsWith('fail') && !('log' in change({ ...proof.tree })))
      expect(message).toMatch(/^the file of this record, .* is not under the signed root over the files$/);
  });

  test.each<[string, (leaf: object) => object]>([
    ['with another salt', (leaf) => ({ ...leaf, salt: '00'.repeat(16) })],
    ['with another record', (leaf) => ({ ...leaf, text: 'A\n' })],
  ])('%s', async (_, change) => {
    const [proof] = (await prove(await attested(), 'train.jsonl')).proofs;

    expect(open(await check(lineOf({ ...proof, leaf: change(proof?.leaf ?? {}) })))).toEqual([
      'content.inclusion fail',
    ]);
  });

  test('with a root and a number of records that only the proof has', async () => {
    const [proof] = (await prove(await attested(), 'train.jsonl')).proofs as [
      Extract<Proof, { kind: 'salted-record' }>,
    ];
    const alone = { ...proof, index: 0, path: [], tree: { ...proof.tree, records: 1 } };

    expect(open(await check(lineOf(alone)))).toEqual(['content.tree fail']);
  });
});

describe('nothing of it is proven', () => {
  test('with another secret, or after any file changed', async () => {
    const at = await attested();
    await expect(prove({ ...at, secret: new Uint8Array(32) }, 'train.jsonl')).rejects.toThrow(coded('NOT_COMMITTED'));
    appendFileSync(path.join(at.dataset, 'image.png'), 'x');

    await expect(prove(at, 'train.jsonl')).rejects.toThrow(coded('NOT_COMMITTED'));
  });

  test('of a file that is not in the dataset, or of a record that is not in the file', async () => {
    const at = await attested();
    writeFileSync(path.join(at.dataset, '../train.jsonl'), FILES['train.jsonl']);

    await expect(prove(at, '../train.jsonl')).rejects.toThrow(coded('USAGE'));
    await expect(prove(at, 'nowhere.jsonl')).rejects.toThrow(coded('USAGE'));
    await expect(prove(at, 'image.png', [2])).rejects.toThrow(coded('USAGE'));
    await expect(prove(at, 'image.png', [0])).rejects.toThrow(coded('USAGE'));
    await expect(prove(at, 'train.jsonl', [3])).rejects.toThrow(coded('USAGE'));
  });

  test('without the dataset, and the hint says so', async () => {
    const { attestations, secret, dataset } = await attested();
    const file = path.join(dataset, 'train.jsonl');

    await expect(proveRecords({ file, lines: [1], attestations, secret })).rejects.toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MISSING', hint: expect.stringContaining('--dataset') }),
    );
  });
});
