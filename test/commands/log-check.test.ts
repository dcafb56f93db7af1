import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderLogCheck } from '../../src/cli/render/log-check.ts';
import { checkLog } from '../../src/core/log/index.ts';
import { expectInert } from '../cli/inert.ts';
import { keyFile, noteOf, ORIGIN, signerOf } from '../core/log/support.ts';
import { rootOfRecords } from '../core/records/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const LINES = Array.from({ length: 9 }, (_, i) => `{"step":${i}}\n`);
const KEY = keyFile('ed25519.pub');

async function given(size: number, options: Parameters<typeof noteOf>[2] = {}) {
  const cwd = mkdtempSync(path.join(tmpdir(), 'stemma-log-check-'));
  writeFileSync(path.join(cwd, 'train.jsonl'), LINES.join(''));
  const root = rootOfRecords(LINES.slice(0, size).map((line) => Buffer.from(line)));
  writeFileSync(path.join(cwd, 'early.checkpoint'), await noteOf(size, root, options));
  const check = (args: readonly string[] = ['--key', KEY], env: Record<string, string> = {}): Promise<CliResult> =>
    runStemma(['log-check', 'train.jsonl', '--since', 'early.checkpoint', ...args], { cwd, env });
  return { cwd, log: path.join(cwd, 'train.jsonl'), since: path.join(cwd, 'early.checkpoint'), check };
}

describe('log-check', () => {
  it('exits 0 where the log was only appended to, and says so', async () => {
    const { log, check } = await given(4);
    appendFileSync(log, 'more\n');
    const { exitCode, stdout, stderr } = await check();
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^train\.jsonl {2}10 records, 104 B, root [0-9a-f]{12}$/),
      `checkpoints of ${ORIGIN}`,
      '✔ 1: the first 4 records are those that were signed (signed by ed25519.pub)',
      '',
      '✔ PASS: only appended to: the log begins with the 4 records of a checkpoint, and has 10 now',
      '',
    ]);
  });

  it('exits 1 where it was shortened', async () => {
    const { log, check } = await given(9);
    truncateSync(log, 30);
    const { exitCode, stdout } = await check();
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      'FAIL: not only appended to: checkpoint 1: it covers 9 records, and the log has 3: it was shortened',
    );
  });

  it('prints one document with --json, whose exit code is 1 where it was edited', async () => {
    const { log, check } = await given(9);
    writeFileSync(log, readFileSync(log, 'utf8').replace('5', '6'));
    const { exitCode, stdout, stderr } = await check(['--json'], { STEMMA_TRUSTED_KEYS: KEY });
    expect([exitCode, stderr]).toEqual([1, '']);
    expect(onlyDocument(stdout)).toMatchObject({
      command: 'log-check',
      ok: false,
      exitCode: 1,
      result: {
        result: 'fail',
        origin: ORIGIN,
        log: { name: 'train.jsonl', records: 9 },
        checkpoints: [{ number: 1, outcome: 'fail', size: 9, signer: { trustedAs: 'ed25519.pub' } }],
        environment: ['STEMMA_TRUSTED_KEYS'],
      },
    });
    expect(stdout).not.toContain(tmpdir());
  });

  it('exits 3 where no trusted key signed the checkpoint', async () => {
    const { check } = await given(9, { signer: 'p256' });
    const { exitCode, stdout } = await check();
    expect(exitCode).toBe(3);
    expect(stdout).toContain('INCOMPLETE: not decided: checkpoint 1: no trusted key signed this checkpoint');
  });

  it('exits 4 where the checkpoint is malformed', async () => {
    const { since, check } = await given(9);
    truncateSync(since, 80);
    const { exitCode, stdout } = await check();
    expect(exitCode).toBe(4);
    expect(stdout).toContain('MALFORMED: not decided: checkpoint 1: the signed note is malformed');
  });

  it('shows what it was given so that it does nothing', async () => {
    const { cwd, check } = await given(4, { origin: 'stemma.run/\u202e::error::##[group]/0' });
    const { stdout } = await check();
    expectInert(stdout);
    const hostile = path.join(cwd, '\u001b[31m##[x]');
    writeFileSync(hostile, 'x\n');
    const key = { label: '\u202e::error::x', key: (await signerOf('ed25519')).publicKey };
    const report = await checkLog({ log: hostile, since: path.join(cwd, 'early.checkpoint'), trusted: [key] });
    for (const verbose of [true, false]) {
      expectInert(renderLogCheck(report, { color: false, unicode: true, verbose }));
    }
  });
});

describe('log-check with a proof', () => {
  it('writes one between two checkpoints, and takes it in the place of the log', async () => {
    const { cwd, since, check } = await given(4);
    const early = readFileSync(since, 'utf8');
    const root = rootOfRecords(LINES.slice(0, 7).map((line) => Buffer.from(line)));
    appendFileSync(since, await noteOf(7, root));
    const made = await check(['--key', KEY, '--prove', 'grown.proof']);
    expect([made.exitCode, made.stdout.includes('wrote grown.proof: 7 records begin with 4')]).toEqual([0, true]);

    const again = await check(['--key', KEY, '--prove', 'grown.proof', '--between', '4:7']);
    expect([again.exitCode, again.stdout.includes('wrote grown.proof: 7 records begin with 4')]).toEqual([0, true]);
    for (const pair of ['4:8', '7:4', '4:4', '4', '0:7', '4:7:9', '-4:7', '4:7e0']) {
      const refused = await check(['--key', KEY, '--prove', 'other.proof', `--between=${pair}`, '--json']);
      expect([refused.exitCode, onlyDocument(refused.stdout).error?.code]).toEqual([2, 'USAGE']);
    }

    writeFileSync(since, early);
    const proved = (): Promise<CliResult> =>
      runStemma(['log-check', '--proof', 'grown.proof', '--since', 'early.checkpoint', '--key', KEY], { cwd });
    const { exitCode, stdout } = await proved();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('PASS: only appended to: a log of 7 records begins with the 4 records of a checkpoint');

    writeFileSync(since, `${early}${await noteOf(5, new Uint8Array(32))}`);
    appendFileSync(since, await noteOf(7, root, { origin: 'stemma.run/other/stdout' }));
    const beside = await proved();
    expect([beside.exitCode, beside.stdout]).toEqual([0, expect.stringContaining('and 1 checkpoint of other logs')]);
    expect(beside.stdout).toContain('and 1 checkpoint of this log, not compared');

    writeFileSync(since, `${early}${await noteOf(8, new Uint8Array(32))}`);
    const shortened = await proved();
    expect([shortened.exitCode, shortened.stdout]).toEqual([3, expect.stringContaining('the proof ends at 7')]);

    writeFileSync(since, `${early}${await noteOf(7, new Uint8Array(32))}`);
    expect((await proved()).exitCode).toBe(1);

    writeFileSync(since, await noteOf(4, new Uint8Array(32)));
    expect((await proved()).exitCode).toBe(1);
  });
});

describe('log-check refuses to write a proof', () => {
  it.each<[string, string]>([
    ['the log', 'train.jsonl'],
    ['the log by another spelling', './x/../train.jsonl'],
    ['the log that a link leads to', 'real.jsonl'],
    ['the checkpoints', 'early.checkpoint'],
    ['the key', 'own.pub'],
  ])('over %s', async (_, name) => {
    const { cwd, log, since, check } = await given(4);
    appendFileSync(since, await noteOf(7, rootOfRecords(LINES.slice(0, 7).map((line) => Buffer.from(line)))));
    writeFileSync(path.join(cwd, 'own.pub'), readFileSync(KEY));
    if (name === 'real.jsonl') {
      renameSync(log, path.join(cwd, name));
      symlinkSync(name, log);
    }
    const before = readFileSync(path.join(cwd, name), 'utf8');
    const { exitCode, stdout } = await check(['--key', 'own.pub', '--prove', name, '--json']);
    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([2, 'USAGE']);
    expect(readFileSync(path.join(cwd, name), 'utf8')).toBe(before);
  });
});

it('log-check replaces a proof by a proof, and anything else only with --force', async () => {
  const { cwd, since, check } = await given(4);
  appendFileSync(since, await noteOf(7, rootOfRecords(LINES.slice(0, 7).map((line) => Buffer.from(line)))));
  const other = path.join(cwd, 'other.key');
  const prove = (...more: string[]): Promise<CliResult> => check(['--key', KEY, '--prove', 'other.key', ...more]);
  writeFileSync(other, 'the only copy\n');
  expect((await prove()).exitCode).toBe(2);
  expect(readFileSync(other, 'utf8')).toBe('the only copy\n');
  expect([(await prove('--force')).exitCode, (await prove()).exitCode]).toEqual([0, 0]);
  expect(readFileSync(other, 'utf8')).toMatch(/^old 4\n/);
});

describe('log-check refuses', () => {
  it.each<[string, string[], number, string]>([
    ['to judge without a key', [], 2, 'TRUST_ROOT_MISSING'],
    ['a key that is none', ['--key', 'train.jsonl'], 4, 'KEY_INVALID'],
    ['a key that is not there', ['--key', 'none.pub'], 2, 'PATH_NOT_FOUND'],
    ['two files of checkpoints', ['--key', KEY, '--since', 'early.checkpoint'], 2, 'USAGE'],
    ['two logs', ['--key', KEY, 'train.jsonl'], 2, 'USAGE'],
    ['a log and a proof', ['--key', KEY, '--proof', 'x'], 2, 'USAGE'],
    ['to prove something of one checkpoint', ['--key', KEY, '--prove', 'x'], 2, 'USAGE'],
  ])('%s', async (_, args, exitCode, code) => {
    const { check } = await given(4);
    const result = await check([...args, '--json']);
    expect([result.exitCode, onlyDocument(result.stdout).error?.code]).toEqual([exitCode, code]);
  });
});
