import { execFileSync } from 'node:child_process';
import { appendFileSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { concatBytes, hexEncode } from '../../../src/core/bytes/index.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { proveRecords } from '../../../src/core/proof/index.ts';
import { RecordSalts, SALTED_RECORD_TAG } from '../../../src/core/records/index.ts';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { DIGITS, tempFolder } from '../verify/support.ts';
import { attested, resultOf } from './prove-records-support.ts';
import { check, coded, lineOf, provenance, signed, text, treeOf, writeLines } from './support.ts';

describe('records are proven', () => {
  // 4,096 records are one block of the index.
  test.each([1, 2, 3, 4095, 4096, 4097, 8192, 8193, 12_345])('of a log with %d', async (size) => {
    const records = Array.from({ length: size }, (_, i) => `${i}\n`);
    const tree = treeOf(records.map(text));
    const lines = [...new Set([1, Math.ceil(size / 2), Math.min(size, 4096), Math.min(size, 4097), size])];
    const proved = await proveRecords({ ...(await attested(records)), lines });

    expect(proved.proofs.map(({ index, path: siblings }) => [index + 1, siblings])).toEqual(
      lines.map((line) => [line, tree.inclusionProof(line - 1).map(hexEncode)]),
    );
    expect(await resultOf(proved)).toBe('pass');
  });

  test('that are empty lines, invalid UTF-8, longer than a buffer, or without a line end', async () => {
    const long = `${'x'.repeat(300_000)}\n`;
    const proved = await proveRecords({
      ...(await attested(['\n', Uint8Array.of(0xff, 0x0a), '\ufeffa\n', long, 'é\0\n', 'end'])),
      lines: [6, 5, 4, 3, 2, 1],
    });

    expect(proved.proofs.map(({ leaf }) => leaf)).toEqual([
      { text: 'end' },
      { text: 'é\0\n' },
      { text: long },
      { base64: Buffer.from('\ufeffa\n').toString('base64') },
      { base64: '/wo=' },
      { text: '\n' },
    ]);
    expect(await resultOf(proved)).toBe('pass');
  });

  test('of TensorBoard events, frame by frame', async () => {
    const folder = path.join(DIGITS, 'logs/tensorboard');
    const [file = ''] = globSync('**/*.tfevents.*', { cwd: folder }).map((found) => path.join(folder, found));
    const { name, size, digests } = await digestLog(file, {});
    const root = Buffer.from(digests['stemmaLogTreeV1'] ?? '', 'hex');
    const attestations = writeLines(path.join(tempFolder(), 'a.jsonl'), [
      await signed(provenance([{ name, size, root, records: 'tfrecord' }])),
    ]);
    const proved = await proveRecords({ file, lines: [1, size], attestations });

    expect(proved.proofs[0]?.leaf).toHaveProperty('base64');
    expect(await resultOf(proved)).toBe('pass');
  });

  test('of a salted log with its secret, and with the salt of that record alone', async () => {
    const secret = new Uint8Array(32).fill(7);
    const salts = new RecordSalts(sha256, secret);
    const records = ['a\n', 'b\n', 'c\n'];
    const tag = (index: number): Uint8Array => concatBytes(SALTED_RECORD_TAG, salts.salt(index));
    const root = treeOf(records.map(text), tag).root();
    const log = await attested(records, { root, key: 'stemmaSaltedTreeV1' });
    const proved = await proveRecords({ ...log, lines: [2], secret });

    expect(proved.proofs[0]?.leaf).toEqual({ text: 'b\n', salt: hexEncode(salts.salt(1)) });
    expect(await resultOf(proved)).toBe('pass');
    await expect(proveRecords({ ...log, lines: [2], secret: new Uint8Array(32) })).rejects.toThrow(
      coded('NOT_COMMITTED'),
    );
    await expect(proveRecords({ ...log, lines: [2] })).rejects.toThrow(coded('EVIDENCE_MISSING'));
  });

  test('each once, in the order asked for', async () => {
    const { proofs } = await proveRecords({ ...(await attested(['a\n', 'b\n'])), lines: [2, 1, 2] });

    expect(proofs.map(({ index }) => index)).toEqual([1, 0]);
  });

  test('from the log that has the name, where two have the bytes', async () => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'b.jsonl'), 'x\n');
    const root = treeOf([text('x\n')]).root();
    const logs = ['a.jsonl', 'b.jsonl'].map((name) => ({ name, size: 1, root }));
    const attestations = writeLines(path.join(folder, 'a.jsonl'), [await signed(provenance(logs))]);
    const { proofs } = await proveRecords({ file: path.join(folder, 'b.jsonl'), lines: [1], attestations });

    expect(proofs).toMatchObject([{ tree: { log: 1 } }]);
  });

  test('beside lines that are malformed, which are warned of', async () => {
    const log = await attested(['a\n']);
    writeFileSync(log.attestations, `{"payload":1}\n${readFileSync(log.attestations, 'utf8')}`);
    const warnings: string[] = [];
    const { tree } = await proveRecords({ ...log, lines: [1], onWarning: (message) => warnings.push(message) });

    expect(tree.line).toBe(2);
    expect(warnings).toEqual([expect.stringContaining('line 1 of "a.jsonl" is left out')]);
  });
});

test('many records of one log take one proof each, whatever their order', async () => {
  const records = Array.from({ length: 9000 }, (_, i) => `${i}\n`);
  const lines = Array.from({ length: 300 }, (_, i) => ((i * 7919) % 9000) + 1);
  const { proofs } = await proveRecords({ ...(await attested(records)), lines });

  expect(proofs.map(({ leaf }) => leaf)).toEqual(lines.map((line) => ({ text: records[line - 1] })));
  expect((await check(proofs.map(lineOf).join(''))).verdict).toBe('300 of 300 proofs hold');
});

describe('nothing is proven', () => {
  test.each([
    ['with a record more', (file: string) => appendFileSync(file, 'c\n'), 'it has 3 records, the statement says 2'],
    ['with a record less', (file: string) => writeFileSync(file, 'a\n'), 'it has 1 records, the statement says 2'],
    ['edited in the middle', (file: string) => writeFileSync(file, 'A\nb\n'), '2 records, but another root'],
    ['in another order', (file: string) => writeFileSync(file, 'b\na\n'), '2 records, but another root'],
  ])('from a log %s, and the message says so', async (_, change, why) => {
    const log = await attested(['a\n', 'b\n']);
    change(log.file);

    await expect(proveRecords({ ...log, lines: [1] })).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_COMMITTED', message: expect.stringContaining(why) }),
    );
  });

  test('from a log that is none of those listed', async () => {
    const log = await attested(['a\n'], { name: 'other.jsonl', root: treeOf([text('b')]).root() });

    await expect(proveRecords({ ...log, lines: [1] })).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_COMMITTED', message: expect.stringContaining('"other.jsonl"') }),
    );
  });

  test('where the statement says that the log has other records', async () => {
    await expect(proveRecords({ ...(await attested(['a\n'], { records: 'tfrecord' })), lines: [1] })).rejects.toThrow(
      coded('NOT_COMMITTED'),
    );
  });

  test.each([0, 3, -1, 1.5, Number.NaN, 2 ** 53])('of line %d of two', async (line) => {
    await expect(proveRecords({ ...(await attested(['a\n', 'b\n'])), lines: [line] })).rejects.toThrow(coded('USAGE'));
  });

  test('of an empty log', async () => {
    await expect(proveRecords({ ...(await attested([])), lines: [1] })).rejects.toThrow(coded('USAGE'));
  });

  test('of a record of more than 16 MiB', async () => {
    const records = ['a\n', `${'x'.repeat(16 * 1024 * 1024)}\n`];

    await expect(proveRecords({ ...(await attested(records)), lines: [2] })).rejects.toThrow(coded('TOO_LARGE'));
    await expect(proveRecords({ ...(await attested(records)), lines: [1] })).resolves.toBeDefined();
  });

  test('without a statement that lists a log', async () => {
    const attestations = writeLines(path.join(tempFolder(), 'a.jsonl'), [await signed(provenance([]))]);
    const log = await attested(['a\n']);

    await expect(proveRecords({ ...log, attestations, lines: [1] })).rejects.toThrow(coded('EVIDENCE_MISSING'));
  });

  test('from what is no file, or not there (attack rows 58, 61)', async () => {
    const { attestations, file } = await attested(['a\n']);
    const folder = path.join(path.dirname(file), 'folder');
    mkdirSync(folder);
    const dangling = path.join(path.dirname(file), 'dangling');
    const pipe = path.join(path.dirname(file), 'pipe');
    execFileSync('mkfifo', [pipe]);
    symlinkSync('nowhere', dangling);

    await expect(proveRecords({ file: folder, attestations, lines: [1] })).rejects.toThrow(coded('NOT_A_REGULAR_FILE'));
    await expect(proveRecords({ file: pipe, attestations, lines: [1] })).rejects.toThrow(coded('NOT_A_REGULAR_FILE'));
    await expect(proveRecords({ file, attestations: pipe, lines: [1] })).rejects.toThrow(coded('NOT_A_REGULAR_FILE'));
    await expect(proveRecords({ file: dangling, attestations, lines: [1] })).rejects.toThrow(coded('PATH_NOT_FOUND'));
    await expect(proveRecords({ file, attestations: folder, lines: [1] })).rejects.toThrow(coded('NOT_A_REGULAR_FILE'));
    await expect(proveRecords({ file, attestations: dangling, lines: [1] })).rejects.toThrow(coded('PATH_NOT_FOUND'));
  });

  test('once Ctrl-C was pressed', async () => {
    const signal = AbortSignal.abort();

    await expect(proveRecords({ ...(await attested(['a\n'])), lines: [1], signal })).rejects.toThrow(
      coded('INTERRUPTED'),
    );
  });
});
