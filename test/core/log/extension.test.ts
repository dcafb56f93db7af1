import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkExtension,
  checkLog,
  formatExtension,
  type LogCheckReport,
  parseExtension,
} from '../../../src/core/log/index.ts';
import { rootOfRecords } from '../records/support.ts';
import { noteOf, ORIGIN, signerOf } from './support.ts';

const LINES = Array.from({ length: 20 }, (_, i) => `{"step":${i}}\n`);
const at = (size: number, options: Parameters<typeof noteOf>[2] = {}): Promise<string> =>
  noteOf(size, rootOfRecords(LINES.slice(0, size).map((line) => Buffer.from(line))), options);
const TRUSTED = [{ label: 'ed25519', key: (await signerOf('ed25519')).publicKey }];

/** What the holder of the log writes, and the folder of who checks it. */
async function proven(from: number, to: number) {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-extension-'));
  const [log, since, prove] = ['log', 'notes', 'proof'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(log, LINES.join(''));
  writeFileSync(since, `${await at(to)}${await at(Math.ceil((from + to) / 2))}${await at(from)}`);
  const report = await checkLog({ log, since, prove, trusted: TRUSTED });
  return { folder, report, proof: readFileSync(prove) };
}

async function check(proof: string | Uint8Array, since: string, trusted = TRUSTED): Promise<LogCheckReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-extension-'));
  writeFileSync(path.join(folder, 'proof'), proof);
  writeFileSync(path.join(folder, 'since'), since);
  return checkExtension({ proof: path.join(folder, 'proof'), since: path.join(folder, 'since'), trusted });
}

describe('a consistency proof between two checkpoints', () => {
  it.each([
    [1, 20],
    [7, 13],
    [8, 16],
    [19, 20],
  ])('from %d to %d records shows without the log that it was only appended to', async (from, to) => {
    const { report, proof } = await proven(from, to);
    expect(report.proof).toEqual({ from, to, file: 'proof' });
    const checked = await check(proof, await at(from));
    expect(checked).toMatchObject({
      result: 'pass',
      log: { records: to },
      checkpoints: [{ outcome: 'pass', size: from }],
    });
    expect(checked.verdict).toBe(
      `only appended to: a log of ${to} records begins with the ${from} ${from === 1 ? 'record' : 'records'} of a checkpoint`,
    );
  });

  it('says nothing of a checkpoint of another size, log or signer', async () => {
    const { proof } = await proven(7, 13);
    for (const since of [at(8), at(7, { origin: 'stemma.run/other/stdout' }), at(7, { signer: 'p256' })]) {
      expect((await check(proof, await since)).result).toBe('incomplete');
    }
  });

  it('fails for an older checkpoint with another root', async () => {
    const { proof } = await proven(7, 13);
    expect((await check(proof, await noteOf(7, new Uint8Array(32)))).result).toBe('fail');
  });

  it('fails beside a signed checkpoint with another root for its newer size', async () => {
    const { proof } = await proven(7, 13);
    const other = await noteOf(13, new Uint8Array(32));
    for (const since of [`${await at(7)}${other}`, `${other}${await at(7)}`, other]) {
      const report = await check(proof, since);
      expect(report.result).toBe('fail');
      expect(report.verdict).toContain('two roots were signed for 13 records of this log');
    }
  });

  it('fails beside two signed checkpoints with different roots for a size that it does not reach', async () => {
    const { proof } = await proven(7, 13);
    for (const size of [3, 9, 16]) {
      const since = `${await at(7)}${await at(size)}${await noteOf(size, new Uint8Array(32))}`;
      expect([size, (await check(proof, since)).result]).toEqual([size, 'fail']);
    }
  });

  it('decides nothing beside a signed checkpoint of more records than it ends at', async () => {
    const { proof } = await proven(7, 13);
    const untrusted = await at(7, { signer: 'p256' });
    const report = await check(proof, `${untrusted}${await at(7)}${await at(14)}`);
    expect(report.checkpoints.map(({ outcome }) => outcome)).toEqual(['missing', 'pass', 'unknown']);
    expect(report.result).toBe('incomplete');
    expect(report.verdict).toBe(
      'not decided: checkpoint 3: it covers 14 records, and the proof ends at 13: it says nothing of the rest',
    );
  });

  it('passes beside those that do not contradict it', async () => {
    const { proof } = await proven(7, 13);
    const beside = [
      await at(7),
      await at(13),
      await at(10),
      await at(3),
      await noteOf(13, new Uint8Array(32), { signer: 'p256' }),
      await noteOf(14, new Uint8Array(32), { origin: 'stemma.run/other/stdout' }),
    ];
    const { result, checkpoints } = await check(proof, beside.join(''));
    const expected = ['pass', 'pass', 'skip', 'skip', 'missing', 'skip'];
    expect([result, checkpoints.map(({ outcome }) => outcome)]).toEqual(['pass', expected]);
  });

  it('is worth nothing with a newer checkpoint that nobody who is trusted signed', async () => {
    const { proof } = await proven(7, 13);
    const note = Buffer.from(await at(13, { signer: 'p256' }));
    const moved = formatExtension({ ...parseExtension(proof), note });
    expect((await check(moved, await at(7))).result).toBe('incomplete');
    const forged = formatExtension({
      ...parseExtension(proof),
      note: Buffer.from((await at(13)).replace('\n13\n', '\n14\n')),
    });
    expect((await check(forged, await at(7))).result).toBe('fail');
  });

  it('fails with a hash more, a hash less, and two swapped', async () => {
    const { proof } = await proven(7, 13);
    const extension = parseExtension(proof);
    const { proof: hashes } = extension;
    for (const other of [hashes.slice(1), hashes.slice(0, -1), [...hashes, hashes[0]!], hashes.toReversed(), []]) {
      expect((await check(formatExtension({ ...extension, proof: other }), await at(7))).result).toBe('fail');
    }
  });

  it('never passes with any byte changed', async () => {
    const { proof } = await proven(7, 13);
    const since = await at(7);
    for (let i = 0; i < proof.length; i++) {
      const changed = Buffer.from(proof);
      changed[i]! ^= 1;
      const result = await check(changed, since).then(
        (report) => report.result,
        (error: { code: string }) => error.code,
      );
      expect([i, ['fail', 'incomplete', 'CHECKPOINT_INVALID'].includes(result)]).toEqual([i, true]);
    }
  }, 60_000);

  it.each<[string, string]>([
    ['nothing', ''],
    ['no empty line', 'old 7\n'],
    ['another word', 'new 7\n\nx'],
    ['a leading zero', 'old 07\n\nx'],
    ['no size', 'old \n\nx'],
    ['a negative size', 'old -7\n\nx'],
    ['a hash of 31 bytes', `old 7\n${Buffer.alloc(31).toString('base64')}\n\nx`],
    ['a hash in hexadecimal', `old 7\n${'0'.repeat(64)}\n\nx`],
    ['64 hashes', `old 7\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\nx`],
    ['something before', ' old 7\n\nx'],
    ['no checkpoint', 'old 7\n\nx'],
  ])('with %s is refused', async (_, text) => {
    await expect(check(text, await at(7))).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
  });

  it('that is too large is not read', async () => {
    await expect(check('x'.repeat(100_000), await at(7))).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('needs a key', async () => {
    const { proof } = await proven(7, 13);
    await expect(check(proof, await at(7), [])).rejects.toMatchObject({ code: 'TRUST_ROOT_MISSING' });
  });
});

describe('a consistency proof between any two of several', () => {
  it.each([
    [3, 8],
    [3, 20],
    [8, 13],
    [13, 20],
  ])('from %d to %d', async (from, to) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-extension-'));
    const inFolder = (name: string): string => path.join(folder, name);
    writeFileSync(inFolder('log'), LINES.join(''));
    writeFileSync(inFolder('notes'), (await Promise.all([3, 8, 13, 20].map((size) => at(size)))).join(''));
    const [log, since, prove] = [inFolder('log'), inFolder('notes'), inFolder('proof')];
    const report = await checkLog({ log, since, prove, trusted: TRUSTED, between: { from, to } });
    expect(report.proof).toEqual({ from, to, file: 'proof' });
    expect(await check(readFileSync(prove), await at(from))).toMatchObject({ result: 'pass', log: { records: to } });
    expect(await check(readFileSync(prove), await at(from + 1))).toMatchObject({ result: 'incomplete' });
  });
});

describe('no consistency proof is written', () => {
  it.each([
    ['a size that no checkpoint covers', { from: 7, to: 10 }],
    ['one that a stranger signed', { from: 7, to: 12 }],
    ['one of another log', { from: 5, to: 9 }],
    ['one checkpoint twice', { from: 7, to: 7 }],
  ])('between two of which one is %s', async (_, between) => {
    const notes = [at(7), at(9), at(12, { signer: 'p256' }), at(5, { origin: 'stemma.run/other/stdout' })];
    const { prove, options } = await given((await Promise.all(notes)).join(''));
    const asked = { ...options, origin: ORIGIN, between };
    await expect(checkLog(asked)).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(prove)).toBe(false);
  });

  const given = async (notes: string, log = LINES.join('')) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-extension-'));
    const [file, since, prove] = ['log', 'notes', 'proof'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, log);
    writeFileSync(since, notes);
    return { prove, options: { log: file, since, prove, trusted: TRUSTED } };
  };

  it.each([
    ['of one checkpoint', () => at(7)],
    ['of one checkpoint twice', async () => (await at(7)) + (await at(7))],
    ['of one that is trusted and one that is not', async () => (await at(7)) + (await at(9, { signer: 'p256' }))],
  ])('%s', async (_, notes) => {
    const { prove, options } = await given(await notes());
    await expect(checkLog(options)).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(prove)).toBe(false);
  });

  it.each([
    ['edited', LINES.with(3, 'x\n').join('')],
    ['shortened', LINES.slice(0, 8).join('')],
  ])('of a log that was %s', async (_, log) => {
    const { prove, options } = await given((await at(7)) + (await at(9)), log);
    const report = await checkLog(options);
    expect([report.result, report.proof, existsSync(prove)]).toEqual(['fail', undefined, false]);
  });

  it('through a symbolic link', async () => {
    const { prove, options } = await given((await at(7)) + (await at(9)));
    symlinkSync('elsewhere', prove);
    await expect(checkLog(options)).rejects.toMatchObject({ code: 'SYMLINK_REFUSED' });
  });
});
