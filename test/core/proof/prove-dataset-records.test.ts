import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildStatement, DATASET_PREDICATE_TYPE } from '../../../src/core/attestation/index.ts';
import { hexEncode } from '../../../src/core/bytes/index.ts';
import { proveRecords } from '../../../src/core/proof/index.ts';
import { tempFolder, writeFiles } from '../verify/support.ts';
import { check, lineOf, signed, text, treeOf, writeLines } from './support.ts';

describe('records of a dataset are proven', () => {
  const FILES = { 'train.jsonl': '{"x":1}\n{"x":2}\n', 'more/train.jsonl': 'a\nb\nc' };

  /** What `dataset attest` says of these two files. */
  async function dataset(folder: string): Promise<string> {
    const tree = (content: string): object => {
      const records = content.split(/(?<=\n)/).map(text);
      return { hash: 'sha256', size: records.length, root: hexEncode(treeOf(records).root()) };
    };
    const paths = ['more/train.jsonl', 'train.jsonl'] as const;
    const root = 'ab'.repeat(32);
    const payload = buildStatement(
      { name: 'data', digest: { sha256: root, stemmaFileTreeV1: root } },
      DATASET_PREDICATE_TYPE,
      {
        kind: 'folder',
        files: 2,
        bytes: 21,
        records: 5,
        fileTree: { hash: 'sha256', size: 2, root },
        recordTrees: paths.map((at) => ({ path: at, ...tree(FILES[at]) })),
        optOut: { signals: [] },
      },
    );
    return writeLines(path.join(folder, 'a.jsonl'), [await signed(payload)]);
  }

  test('by the path of their file', async () => {
    const folder = writeFiles(tempFolder(), FILES);
    const proved = await proveRecords({
      file: path.join(folder, 'more/train.jsonl'),
      lines: [3],
      attestations: await dataset(folder),
    });

    expect(proved.proofs).toMatchObject([{ tree: { file: 'more/train.jsonl' }, index: 2, leaf: { text: 'c' } }]);
    const report = await check(proved.proofs.map(lineOf).join(''));
    expect(report.verdict).toBe(
      'proven: these bytes are record 3 of 3 in the dataset file "more/train.jsonl" of "data"',
    );
  });

  test('and not under the path of another file, nor as a log', async () => {
    const folder = writeFiles(tempFolder(), FILES);
    const file = path.join(folder, 'train.jsonl');
    const { proofs } = await proveRecords({ file, lines: [1], attestations: await dataset(folder) });
    for (const tree of [{ file: 'more/train.jsonl' }, { file: 'train' }, { log: 0 }])
      expect((await check(lineOf({ ...proofs[0], tree }))).result).toBe('fail');
  });
});
