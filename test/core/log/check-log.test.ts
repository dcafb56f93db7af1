import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLog } from '../../../src/core/log/index.ts';
import { frame, rootOfRecords } from '../records/support.ts';
import { at, check, LINES, outcomes, rootOf, TRUSTED, trustedOf } from './check-log-support.ts';
import { noteOf, ORIGIN } from './support.ts';

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
