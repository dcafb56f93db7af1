import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CliResult, runStemma } from '../support/cli.ts';
import { gatedModel, summaryIn } from './vsa-support.ts';

let dir: string;

beforeEach(async () => {
  dir = await gatedModel();
});

const stemma = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  runStemma(args, { cwd: dir, env });
const verify = (...more: readonly string[]): Promise<CliResult> =>
  stemma(['verify', 'model', '--key', 'p256.pub', ...more]);
const gate = (...more: readonly string[]): Promise<CliResult> =>
  verify('--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--time', '2026-11-23', ...more);
const written = (): boolean => existsSync(path.join(dir, 'out.jsonl'));

const summary = () => summaryIn(dir);

describe('a summary that is not signed, or not as it was asked for', () => {
  it('takes the key out of the environment, as text, and a passphrase', async () => {
    const pem = readFileSync(path.join(dir, 'p384.key'), 'utf8');
    const args = ['verify', 'model', '--key', 'p256.pub', '--vsa', 'out.jsonl'];

    expect((await stemma(args, { STEMMA_VSA_KEY: pem })).exitCode).toBe(0);
    expect(summary().result).toBe('PASSED');
    const env = { STEMMA_PASSPHRASE: 'wrong' };
    expect((await stemma([...args, '--vsa-key', 'p256-encrypted.key'], env)).exitCode).toBe(4);
    // Set for the whole pipeline, it asks for no summary.
    expect((await stemma(['verify', 'model', '--key', 'p256.pub'], { STEMMA_VSA_KEY: pem })).exitCode).toBe(0);
  });

  it.runIf(existsSync('/proc/self'))('says so where the system makes no folder for it', async () => {
    const { exitCode, stderr } = await verify('--vsa', '/proc/stemma-none/out.jsonl', '--vsa-key', 'p384.key');

    expect([exitCode, stderr]).toEqual([
      5,
      expect.stringContaining('the summary is not written: cannot write out.jsonl'),
    ]);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no key to sign with', ['--vsa', 'out.jsonl'], /give --vsa-key FILE or set STEMMA_VSA_KEY/],
    ['a public key to sign with', ['--vsa', 'out.jsonl', '--vsa-key', 'p256.pub'], /./],
    [
      'the private key where public ones are trusted',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--key', 'p384.key'],
      /given by --vsa-key/,
    ],
    [
      'key material as an argument',
      ['--vsa', 'out.jsonl', '--vsa-key', '-----BEGIN PRIVATE KEY-----'],
      /never an argument/,
    ],
    [
      'a level of SLSA',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--vsa-level', 'SLSA_BUILD_LEVEL_3'],
      /one of SLSA/,
    ],
    ['the level FAILED', ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--vsa-level', 'FAILED'], /word for none/],
    [
      'a verifier that is no URI',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--verifier-id', 'me'],
      /--verifier-id/,
    ],
    [
      'a resource with a space',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--resource-uri', 'x: y'],
      /--resource-uri/,
    ],
    ['a place in the model', ['--vsa', 'model/out.jsonl', '--vsa-key', 'p384.key'], /into the model/],
    ['the evidence beside it', ['--vsa', 'model.sig', '--vsa-key', 'p384.key'], /into the model/],
    [
      'the file of a report',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--report', 'json=./out.jsonl'],
      /different files/,
    ],
    ['a key with no summary', ['--vsa-key', 'p384.key'], /--vsa FILE/],
    ['a sample', ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--sample', '5%', '--accept-sample'], /whole model/],
    ['an ignored file', ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--ignore', 'config.json'], /whole model/],
  ])('refuses %s before it verifies anything', async (_, more, message) => {
    const { exitCode, stdout, stderr } = await verify(...more);

    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(_ === 'a public key to sign with' ? 4 : 2);
    expect(written()).toBe(false);
  });

  it('does not write the summary or a report over a private key', async () => {
    const key = readFileSync(path.join(dir, 'p384.key'), 'utf8');
    const summary = await verify('--vsa', 'p384.key', '--vsa-key', 'p384.key');
    const report = await verify('--report', 'json=p384.key');

    expect(summary.stderr).toContain('is a secret, and would be replaced');
    expect(report.stderr).toContain('is a secret, and would be replaced');
    expect([summary.exitCode, report.exitCode]).not.toContain(0);
    expect(readFileSync(path.join(dir, 'p384.key'), 'utf8')).toBe(key);
  });

  it('refuses to summarise what nobody was authenticated for', async () => {
    const { exitCode } = await stemma([
      'verify',
      'model',
      '--integrity-only',
      '--vsa',
      'out.jsonl',
      '--vsa-key',
      'p384.key',
    ]);

    expect([exitCode, written()]).toEqual([2, false]);
  });

  it('writes nothing for a folder that no digest can name, and lets the verdict stand', async () => {
    symlinkSync('config.json', path.join(dir, 'model/link.json'));

    const { exitCode, stderr } = await gate();

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/warning: the summary is not written: .*link/);
    expect(written()).toBe(false);
  });

  it('does not let a pipeline pass whose summary could not be written', async () => {
    writeFileSync(path.join(dir, 'occupied'), '');

    const { exitCode, stdout, stderr } = await verify('--vsa', 'occupied/out.jsonl', '--vsa-key', 'p384.key');

    expect(stdout).toContain('PASS');
    expect(stderr).toContain('the summary is not written');
    expect(exitCode).toBe(5);
  });
});
