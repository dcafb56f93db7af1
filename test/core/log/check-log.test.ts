import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLog, type LogCheckReport, type TrustedSigner } from '../../../src/core/log/index.ts';
import { frame, rootOfRecords } from '../records/support.ts';
import { noteOf, ORIGIN, signerOf } from './support.ts';

const trustedOf = async (...names: string[]): Promise<TrustedSigner[]> =>
  Promise.all(names.map(async (label) => ({ label, key: (await signerOf(label)).publicKey })));
const TRUSTED = await trustedOf('ed25519');

const LINES = Array.from({ length: 20 }, (_, i) => `{"step":${i}}\n`);
const rootOf = (lines: readonly string[]): Uint8Array => rootOfRecords(lines.map((line) => Buffer.from(line)));
/** A checkpoint over the first `size` lines. */
const at = (size: number, options: Parameters<typeof noteOf>[2] = {}): Promise<string> =>
  noteOf(size, rootOf(LINES.slice(0, size)), options);

interface Given {
  readonly notes: string | Uint8Array;
  readonly log?: string | Uint8Array;
  readonly name?: string;
  readonly origin?: string;
  readonly trusted?: readonly TrustedSigner[];
}

async function check({
  notes,
  log = LINES.join(''),
  name = 'train.jsonl',
  ...options
}: Given): Promise<LogCheckReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-log-check-'));
  const [file, since] = [path.join(folder, name), path.join(folder, 'run.checkpoints')];
  writeFileSync(file, log);
  writeFileSync(since, notes);
  return checkLog({ trusted: TRUSTED, ...options, log: file, since });
}

const outcomes = ({ checkpoints }: LogCheckReport): string[] => checkpoints.map(({ outcome }) => outcome);

describe('a log that was only appended to', () => {
  it.each([1, 7, 8, 19, 20])('passes with a checkpoint over %d of its 20 records', async (size) => {
    const report = await check({ notes: await at(size) });
    expect(report).toMatchObject({
      result: 'pass',
      origin: ORIGIN,
      log: { name: 'train.jsonl', bytes: LINES.join('').length, records: 20 },
      checkpoints: [{ number: 1, outcome: 'pass', size, origin: ORIGIN, signer: { trustedAs: 'ed25519' } }],
    });
    expect(report.log.root).toBe(Buffer.from(rootOf(LINES)).toString('hex'));
    expect(report.verdict).toBe(
      `only appended to: the log begins with the ${size} ${size === 1 ? 'record' : 'records'} of a checkpoint, and has 20 now`,
    );
  });

  it('passes with many checkpoints, in any order, one of them twice', async () => {
    const notes = await Promise.all([5, 20, 1, 20, 12].map((size) => at(size)));
    const report = await check({ notes: notes.join('') });
    expect([report.result, outcomes(report)]).toEqual(['pass', Array.from({ length: 5 }, () => 'pass')]);
    expect(report.checkpoints.map(({ size }) => size)).toEqual([5, 20, 1, 20, 12]);
  });

  it.each(['p256', 'p384', 'p521', 'secp256k1'])('passes under a key of type %s', async (signer) => {
    const report = await check({ notes: await at(3, { signer }), trusted: await trustedOf('ed25519', signer) });
    expect(report).toMatchObject({ result: 'pass', checkpoints: [{ signer: { trustedAs: signer } }] });
  });

  it('passes whatever its last line without LF is', async () => {
    expect((await check({ notes: await at(20), log: `${LINES.join('')}more` })).result).toBe('pass');
  });

  it('passes while it grows', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-log-check-'));
    const [log, since] = [path.join(folder, 'log'), path.join(folder, 'notes')];
    writeFileSync(log, LINES.join('').repeat(20_000));
    writeFileSync(since, await at(20));
    const checking = checkLog({ log, since, trusted: TRUSTED });
    const timer = setInterval(() => appendFileSync(log, 'x\n'), 1);
    const report = await checking;
    clearInterval(timer);
    expect(report.result).toBe('pass');
    expect(report.log.records).toBeGreaterThanOrEqual(400_000);
  });

  it('passes as TensorBoard frames', async () => {
    const frames = LINES.map((line) => frame(Buffer.from(line)));
    const name = 'events.out.tfevents.1';
    const notes = await noteOf(3, rootOfRecords(frames.slice(0, 3)));
    expect((await check({ notes, name, log: Buffer.concat(frames) })).result).toBe('pass');
    // Cut off in the middle of a frame that came later.
    expect((await check({ notes, name, log: Buffer.concat(frames).subarray(0, -3) })).result).toBe('pass');
  });

  it('passes beside checkpoints that nobody who is trusted signed', async () => {
    const report = await check({ notes: `${await at(3, { signer: 'p256' })}${await at(4)}` });
    expect([report.result, outcomes(report)]).toEqual(['pass', ['missing', 'pass']]);
  });

  it('passes with the one log of several that --origin names', async () => {
    const other = await at(3, { origin: 'stemma.run/0/stderr' });
    const notes = `${other}${await at(4)}`;
    for (const origin of [ORIGIN, 'stdout']) {
      const report = await check({ notes, origin });
      expect([report.result, report.origin, outcomes(report)]).toEqual(['pass', ORIGIN, ['skip', 'pass']]);
    }
  });
});

describe('a log that was not only appended to fails', () => {
  const without = (i: number): string[] => LINES.toSpliced(i, 1);
  it.each<[string, string[], string]>([
    ['emptied', [], 'it covers 12 records, and the log has 0: it was shortened'],
    ['shortened', LINES.slice(0, 11), 'it covers 12 records, and the log has 11: it was shortened'],
    ['edited in the middle', LINES.with(5, '{"step":6}\n'), 'the first 12 records are not those that were signed'],
    ['reordered', LINES.with(5, LINES[6]!).with(6, LINES[5]!), 'the first 12 records are not those that were signed'],
    ['without its first record', without(0), 'the first 12 records'],
    ['without a record of the middle', without(5), 'the first 12 records'],
    ['with a record more in front', ['x\n', ...LINES], 'the first 12 records'],
    ['with an empty line', LINES.toSpliced(4, 0, '\n'), 'the first 12 records'],
    ['with CRLF', LINES.map((line) => line.replace('\n', '\r\n')), 'the first 12 records'],
    ['without the LF of its last signed record', [...LINES.slice(0, 11), LINES[11]!.trimEnd()], 'the first 12 records'],
    ['with two records joined', LINES.with(3, LINES[3]!.trimEnd()), 'the first 12 records'],
  ])('%s', async (_, lines, why) => {
    const report = await check({ notes: await at(12), log: lines.join('') });
    expect([report.result, outcomes(report)]).toEqual(['fail', ['fail']]);
    expect(report.verdict).toContain(`not only appended to: checkpoint 1: ${why}`);
  });

  it('and it is said after which checkpoint', async () => {
    const notes = (await Promise.all([4, 10, 16].map((size) => at(size)))).join('');
    const report = await check({ notes, log: LINES.with(7, 'x\n').join('') });
    expect(outcomes(report)).toEqual(['pass', 'fail', 'fail']);
    expect(report.checkpoints[1]?.message).toContain('records 5 to 10 are not those that were signed');
    expect(report.checkpoints[2]?.message).toContain('records 5 to 16 are not those that were signed');
  });

  it('where two checkpoints of one size have different roots', async () => {
    const notes = `${await at(5)}${await noteOf(5, new Uint8Array(32))}`;
    expect(outcomes(await check({ notes }))).toEqual(['pass', 'fail']);
  });

  it('where a TensorBoard frame that was signed is damaged', async () => {
    const frames = LINES.map((line) => frame(Buffer.from(line)));
    const notes = `${await noteOf(2, rootOfRecords(frames.slice(0, 2)))}${await noteOf(12, rootOfRecords(frames.slice(0, 12)))}`;
    const log = Buffer.concat(frames);
    log[frames[0]!.length * 5 + 14]! ^= 1;
    const report = await check({ notes, log, name: 'events.out.tfevents.1' });
    expect(outcomes(report)).toEqual(['pass', 'fail']);
    expect(report.checkpoints[1]?.message).toMatch(/after 5 the log has something else: checksum/);
  });

  it('with a signature of a trusted key that does not hold (attack row 46)', async () => {
    const note = await at(5);
    const forged = note.replace('\n5\n', '\n4\n');
    expect(outcomes(await check({ notes: forged }))).toEqual(['fail']);
    expect(outcomes(await check({ notes: `${note}${forged}` }))).toEqual(['pass', 'fail']);
  });

  it('with a checkpoint of another run alone, as another log or as this one (attack row 45)', async () => {
    const other = await noteOf(5, rootOf(LINES.slice(5, 10)), { origin: 'stemma.run/other/stdout' });
    expect((await check({ notes: other })).result).toBe('fail');
    const report = await check({ notes: await at(5), origin: 'stemma.run/other/stdout' });
    expect([report.result, report.origin]).toEqual(['fail', undefined]);
    expect(report.checkpoints[0]?.message).toContain('it is of another log');
  });

  it('with the root of the same records under another origin, moved by hand', async () => {
    const moved = (await at(5)).replaceAll('stdout', 'stderr');
    // The key id of Ed25519 holds the name: nobody's signature under that name.
    expect((await check({ notes: moved })).result).toBe('incomplete');
    const ecdsa = (await at(5, { signer: 'p256' })).replaceAll('stdout', 'stderr');
    expect((await check({ notes: ecdsa, trusted: await trustedOf('p256') })).result).toBe('fail');
  });
});

describe('a log is not judged', () => {
  it('by checkpoints that no trusted key signed', async () => {
    const report = await check({ notes: await at(5, { signer: 'p256' }) });
    expect([report.result, outcomes(report)]).toEqual(['incomplete', ['missing']]);
    expect(report.verdict).toContain('not decided: checkpoint 1: no trusted key signed this checkpoint');
  });

  it('by a checkpoint over no record', async () => {
    expect((await check({ notes: await noteOf(0, rootOf([])) })).result).toBe('incomplete');
    expect((await check({ notes: await noteOf(0, rootOf([])), log: '' })).result).toBe('incomplete');
  });

  it.each<[string, (note: string) => string]>([
    ['cut off', (note) => note.slice(0, -1)],
    ['without its signature', (note) => `${note.split('\n\n')[0]}\n`],
    ['with CRLF', (note) => note.replaceAll('\n', '\r\n')],
    ['with a leading zero', (note) => note.replace('\n5\n', '\n05\n')],
    ['of 2^53 records', (note) => note.replace('\n5\n', `\n${2 ** 53}\n`)],
    ['that is no checkpoint', () => 'hello\n'],
    ['that is a private key', () => '-----BEGIN PRIVATE KEY-----\n'],
  ])('by a checkpoint %s, and those beside it are looked at', async (_, change) => {
    const note = await at(5);
    expect((await check({ notes: change(note) })).result).toBe('malformed');
    const report = await check({ notes: `${note}${change(note)}` });
    expect([report.result, outcomes(report)]).toEqual(['malformed', ['pass', 'error']]);
    // A contradiction comes first.
    const both = await check({ notes: `${note}${change(note)}`, log: LINES.with(0, 'x\n').join('') });
    expect(both.result).toBe('fail');
  });

  it('with any byte of its checkpoint changed', async () => {
    const note = Buffer.from(await at(5));
    for (let i = 0; i < note.length; i++) {
      for (const bit of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(note);
        changed[i]! ^= bit;
        expect([i, bit, (await check({ notes: changed })).result]).not.toEqual([i, bit, 'pass']);
      }
    }
  }, 60_000);

  it('without a key', async () => {
    await expect(check({ notes: await at(5), trusted: [] })).rejects.toMatchObject({ code: 'TRUST_ROOT_MISSING' });
  });

  it('where the checkpoints are of several logs', async () => {
    const notes = `${await at(5)}${await at(5, { origin: 'stemma.run/other/stdout' })}`;
    await expect(check({ notes })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('several logs: "stemma.run/'),
      hint: expect.stringContaining('or its last part'),
    });
    await expect(check({ notes, origin: 'stdout' })).rejects.toMatchObject({ code: 'USAGE' });
    expect((await check({ notes, origin: ORIGIN })).result).toBe('pass');
  });

  it('by the checkpoint of a log whose origin only ends alike', async () => {
    const notes = await at(5, { origin: 'stemma.run/x/mystdout' });
    expect((await check({ notes, origin: 'stdout' })).result).toBe('fail');
  });

  it('by an empty file', async () => {
    await expect(check({ notes: '' })).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
  });

  it('by more than 100,000 checkpoints', async () => {
    await expect(check({ notes: 'x\n\n\u2014 x\n'.repeat(100_001) })).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
    });
  });

  it('where a file is not there, or none', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-log-check-'));
    const [log, since] = [path.join(folder, 'log'), path.join(folder, 'notes')];
    const checking = () => checkLog({ log, since, trusted: TRUSTED });
    writeFileSync(log, LINES.join(''));
    await expect(checking()).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    writeFileSync(since, await at(5));
    expect((await checking()).result).toBe('pass');
    rmSync(log);
    await expect(checking()).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    mkdirSync(log);
    await expect(checking()).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE' });
  });
});
