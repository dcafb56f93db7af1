import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attest } from '../core/verify/attest-support.ts';
import { DIGITS, KEYS } from '../core/verify/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const temp = mkdtempSync(path.join(tmpdir(), 'stemma-log-attacks-'));
const KEY = path.join(KEYS, 'p256.key');
const PUB = path.join(KEYS, 'p256.pub');
const LINES = 'model/model.attestations.jsonl';
const EVIL = '\u001b[2J\u202e::set-output name=x::y.jsonl';

const stemma = (words: readonly string[]): Promise<CliResult> => runStemma(words, { cwd: temp });

beforeAll(async () => {
  for (const name of ['model', 'evil']) cpSync(path.join(DIGITS, 'base'), path.join(temp, name), { recursive: true });
  cpSync(path.join(DIGITS, 'logs/finetuned.jsonl'), path.join(temp, 'train.jsonl'));
  writeFileSync(path.join(temp, EVIL), '{"loss":1}\n');
  writeFileSync(path.join(temp, 'secret'), Buffer.from(Array.from({ length: 32 }, (_, i) => i)), { mode: 0o600 });
  await attest(path.join(temp, 'model'), { logs: [path.join(temp, 'train.jsonl')] });
  await attest(path.join(temp, 'evil'), { logs: [path.join(temp, EVIL)] });
  execFileSync('mkfifo', [path.join(temp, 'fifo')]);
  mkdirSync(path.join(temp, 'folder'));
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe('row 58: what is no file, in the place of a log and what goes with it, is waited for by nobody', () => {
  const cases: readonly (readonly [string, (file: string) => string])[] = [
    ['a log to verify', (file) => `verify model --key ${PUB} --log ${file}`],
    ['a salted log to verify', (file) => `verify model --key ${PUB} --salted-log ${file}=secret`],
    ['the secret of a salted log', (file) => `verify model --key ${PUB} --salted-log train.jsonl=${file}`],
    ['predictions to verify', (file) => `verify model --key ${PUB} --predictions ${file}`],
    ['a log to attest', (file) => `attest model --key ${KEY} --no-source --output-dir out --log ${file}`],
    [
      'a salted log to attest',
      (file) => `attest model --key ${KEY} --no-source --output-dir out --salted-log ${file}=new`,
    ],
    ['a log to prove from', (file) => `prove record ${file} --line 1 --attestation ${LINES} -o x.json`],
    ['attestations to prove from', (file) => `prove record train.jsonl --line 1 --attestation ${file} -o x.json`],
    ['a proof', (file) => `check-proof ${file} --key ${PUB}`],
    ['a checkpoint', (file) => `log-check train.jsonl --since ${file} --key ${PUB}`],
    [
      'a log to evaluate from',
      (file) => `evaluate model --key ${KEY} --dataset sha256:${'00'.repeat(32)} --metric loss --from-log ${file}:1`,
    ],
  ];
  it.each(cases)('%s', async (_, line) => {
    for (const file of ['fifo', 'folder']) {
      const { exitCode, stdout } = await stemma([...line(file).split(' '), '--json']);
      expect([file, exitCode, onlyDocument(stdout).exitCode]).toEqual([file, 5, 5]);
    }
  });
});

describe('row 71: the name of a log does nothing to the terminal', () => {
  it.each([
    ['verified', ['verify', 'evil', '--key', PUB, '--log', EVIL], 0],
    ['verified, another log', ['verify', 'model', '--key', PUB, '--log', EVIL], 3],
    ['in the claims', ['verify', 'evil', '--key', PUB, '--verbose'], 0],
    [
      'proven',
      ['prove', 'record', EVIL, '--line', '1', '--attestation', 'evil/model.attestations.jsonl', '-o', 'e.json'],
      0,
    ],
    ['in an error', ['prove', 'record', EVIL, '--line', '1', '--attestation', LINES, '-o', 'f.json'], 1],
    ['as a secret', ['verify', 'model', '--key', PUB, '--salted-log', `train.jsonl=${EVIL.replace('=', '')}`], 2],
  ] as const)('%s', async (_, words, expected) => {
    const { exitCode, stdout, stderr } = await stemma(words);
    expect(exitCode).toBe(expected);
    expect(stdout + stderr).toContain('\\x1b[2J\\u{202e}');
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    expect(stdout + stderr).not.toMatch(/[\u001b\u202e]|^::|[^:\\]::set-output/m);
  });
});
