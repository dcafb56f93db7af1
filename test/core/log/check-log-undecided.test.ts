import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLog } from '../../../src/core/log/index.ts';
import { at, check, LINES, outcomes, rootOf, TRUSTED } from './check-log-support.ts';
import { noteOf, ORIGIN } from './support.ts';

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
