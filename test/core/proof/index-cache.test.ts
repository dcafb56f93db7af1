import {
  chmodSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { hexEncode } from '../../../src/core/bytes/index.ts';
import { type ProvedRecords, proveRecords } from '../../../src/core/proof/index.ts';
import { decodeIndex, encodeIndex } from '../../../src/core/proof/index-format.ts';
import { tempFolder } from '../verify/support.ts';
import { coded, provenance, signed, text, treeOf, writeLines } from './support.ts';

/** Beyond 4 MiB a log is worth an index. */
const RECORDS = Array.from({ length: 50_000 }, (_, i) => `{"step":${i},"pad":"${'x'.repeat(80)}"}\n`);
let statement: string;
let honest: string;

beforeAll(async () => {
  const tree = treeOf(RECORDS.map(text));
  statement = await signed(provenance([{ name: 'big.jsonl', size: RECORDS.length, root: tree.root() }]));
  honest = JSON.stringify(
    [12_344, 49_999].map((index) => ({
      type: 'https://w3id.org/stemma/proof/v1',
      index,
      path: tree.inclusionProof(index).map(hexEncode),
      statement,
      kind: 'record',
      tree: { log: 0 },
      leaf: { text: RECORDS[index] },
    })),
  );
});

interface Place {
  readonly file: string;
  readonly attestations: string;
  readonly cache: string;
}

function place(): Place {
  const folder = tempFolder();
  const file = path.join(folder, 'big.jsonl');
  writeFileSync(file, RECORDS.join(''));
  return {
    file,
    attestations: writeLines(path.join(folder, 'a.jsonl'), [statement]),
    cache: path.join(folder, 'cache'),
  };
}

/** How often the log was read from begin to end. */
async function prove(at: Place, lines = [12_345, 50_000]): Promise<ProvedRecords & { readonly readings: number }> {
  let readings = 0;
  const onProgress = ({ done }: { readonly done: number }): void => void (readings += done === 0 ? 1 : 0);
  return { ...(await proveRecords({ ...at, lines, onProgress })), readings };
}

const kept = ({ cache }: Place): string[] =>
  readdirSync(path.join(cache, 'record-indexes')).map((name) => path.join(cache, 'record-indexes', name));

describe('an index that was kept', () => {
  test('gives the same proofs without reading the log again, and is nobody else’s to read', async () => {
    const at = place();
    const first = await prove(at);
    const second = await prove(at);

    expect([first.readings, second.readings]).toEqual([1, 0]);
    expect(JSON.stringify(second.proofs)).toBe(honest);
    expect(statSync(path.dirname(kept(at)[0] ?? '')).mode & 0o777).toBe(0o700);
  });

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['is empty', () => Buffer.alloc(0)],
    ['was cut off', (bytes) => bytes.subarray(0, -1)],
    ['is longer', (bytes) => Buffer.concat([bytes, Buffer.alloc(40)])],
    ['has another tag', (bytes) => bytes.fill(0x78, 0, 1)],
    ['is that of another file', (bytes) => bytes.fill(0, 23, 55)],
    ['says another size', (bytes) => bytes.fill(1, 62, 63)],
    ['says a size beyond 2^53', (bytes) => bytes.fill(0xff, 55, 63)],
    ['has a block that begins elsewhere', (bytes) => bytes.fill(bytes[94] === 1 ? 2 : 1, 94, 95)],
    [
      'has blocks out of order',
      (bytes) =>
        Buffer.concat([bytes.subarray(0, 71), bytes.subarray(79, 87), bytes.subarray(71, 79), bytes.subarray(87)]),
    ],
    ['has another root for a block', (bytes) => bytes.fill(0, bytes.length - 32)],
    ['is random', (bytes) => Buffer.alloc(bytes.length, 0xa5)],
  ])('and %s is made anew', async (_, change) => {
    const at = place();
    await prove(at);
    const [file = ''] = kept(at);
    writeFileSync(file, change(readFileSync(file)));
    const again = await prove(at);

    expect(again.readings).toBe(1);
    expect(JSON.stringify(again.proofs)).toBe(honest);
    expect((await prove(at)).readings).toBe(0);
  });

  test('does not hide that the log changed, also where size and time say that it did not', async () => {
    const at = place();
    await prove(at);
    const { atimeMs, mtimeMs } = statSync(at.file);
    writeFileSync(at.file, RECORDS.join('').replace('"step":12344,', '"step":12340,'));
    utimesSync(at.file, atimeMs / 1000, mtimeMs / 1000);

    await expect(prove(at)).rejects.toThrow(coded('NOT_COMMITTED'));
  });

  test('is not followed through a link', async () => {
    const at = place();
    await prove(at);
    const [file = ''] = kept(at);
    const elsewhere = path.join(path.dirname(at.file), 'elsewhere');
    writeFileSync(elsewhere, readFileSync(file));
    writeFileSync(`${file}.old`, '');
    unlinkSync(file);
    symlinkSync(elsewhere, file);

    expect((await prove(at)).readings).toBe(1);
  });
});

test('a folder that cannot be written to costs time and nothing else', async () => {
  const at = place();
  writeFileSync(at.cache, 'a file where the folder should be');

  expect(JSON.stringify((await prove(at)).proofs)).toBe(honest);
});

test('a folder of the cache that is open to others is closed', async () => {
  const at = place();
  await prove(at);
  const folder = path.dirname(kept(at)[0] ?? '');
  chmodSync(folder, 0o755);
  utimesSync(at.file, 1, 1);
  await prove(at);

  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('at most 64 indexes are kept', async () => {
  const at = place();
  await prove(at);
  const folder = path.dirname(kept(at)[0] ?? '');
  for (let i = 0; i < 70; i++) {
    const old = path.join(folder, `${i}.record-index`);
    writeFileSync(old, '');
    utimesSync(old, i, i);
  }
  utimesSync(at.file, 1, 1);
  await prove(at);

  expect(kept(at)).toHaveLength(64);
  expect(kept(at).map((file) => path.basename(file))).not.toContain('0.record-index');
});

test('small logs leave no index behind', async () => {
  const folder = tempFolder();
  const file = path.join(folder, 'a.txt');
  writeFileSync(file, 'a\n');
  const root = treeOf([text('a\n')]).root();
  const attestations = writeLines(path.join(folder, 'a.jsonl'), [
    await signed(provenance([{ name: 'a.txt', size: 1, root }])),
  ]);
  await proveRecords({ file, attestations, lines: [1], cache: path.join(folder, 'cache') });

  expect(readdirSync(folder)).not.toContain('cache');
});

test('an index reads back as it was written', () => {
  const key = new Uint8Array(32).fill(1);
  const index = { size: 4097, starts: [0, 9000], nodes: new Uint8Array(64).fill(3) };

  expect(decodeIndex(encodeIndex(key, index), key, 9001)).toEqual(index);
  expect(decodeIndex(encodeIndex(key, index), key, 9000)).toBeUndefined();
  expect(decodeIndex(encodeIndex(key, { ...index, starts: [1, 9000] }), key, 9001)).toBeUndefined();
});
