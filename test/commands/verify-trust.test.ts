import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEYS } from '../core/verify/support.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { attestedModels, KEY, reportOf } from './verify-support.ts';

let temp: string;
beforeAll(async () => {
  temp = await attestedModels();
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const stemma = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runStemma(['verify', ...args], { cwd: temp, env });

describe('who is trusted', () => {
  test('a private key serves by its public half, with a warning', async () => {
    const { exitCode, stderr } = await stemma(['good', '--key', path.join(KEYS, 'p256.key')]);

    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/is a private key: only its public half is needed/);
  });

  test('one key given twice is one signer', async () => {
    expect(
      (await stemma(['good', '--key', KEY, '--key', path.join(KEYS, 'p256.key'), '--threshold', '2'])).exitCode,
    ).toBe(3);
  });

  test('a key from the environment is named in the report', async () => {
    const { exitCode, stdout } = await stemma(['good', '--json'], { STEMMA_TRUSTED_KEYS: KEY });

    expect(exitCode).toBe(0);
    expect(reportOf(onlyDocument(stdout)).environment).toEqual(['STEMMA_TRUSTED_KEYS']);
  });

  test.each(['STEMMA_CERT_CHAIN', 'STEMMA_IDENTITY', 'STEMMA_IDENTITY_PROVIDER', 'STEMMA_TRUSTED_ROOT'])(
    'is not taken from %s',
    async (variable) => {
      const { exitCode, stdout } = await stemma(['good', '--key', KEY, '--json'], { [variable]: 'none.pem' });

      expect(exitCode).toBe(0);
      expect(reportOf(onlyDocument(stdout)).environment).toEqual([]);
    },
  );

  test.each([
    ['--cert-chain', ['--cert-chain', path.join(KEYS, 'root.pem')]],
    ['--identity', ['--identity', 'a@b', '--identity-provider', 'https://issuer.example']],
  ])('whoever says %s on the command line gets no signer from the environment', async (_, args) => {
    const { exitCode, stdout } = await stemma(['good', ...args, '--json'], { STEMMA_TRUSTED_KEYS: KEY });

    expect(exitCode).toBe(3);
    expect(reportOf(onlyDocument(stdout)).environment).toEqual([]);
  });

  test('a key in the environment does not turn --integrity-only into a question of trust', async () => {
    const { exitCode, stdout } = await stemma(['good', '--integrity-only', '--json'], { STEMMA_TRUSTED_KEYS: KEY });

    expect(exitCode).toBe(0);
    expect(reportOf(onlyDocument(stdout)).environment).toEqual([]);
  });

  test('nobody is refused as a question, and --integrity-only says that nobody was authenticated', async () => {
    expect((await stemma(['good'])).exitCode).toBe(2);
    const { exitCode, stdout } = await stemma(['good', '--integrity-only', '--json']);

    expect(exitCode).toBe(0);
    expect(reportOf(onlyDocument(stdout)).verdict).toMatch(/nobody was authenticated/);
    expect((await stemma(['bad', '--integrity-only'])).exitCode).toBe(1);
    expect((await stemma(['good', '--integrity-only', '--key', KEY])).exitCode).toBe(2);
  });

  test.each([
    ['a key that is none', ['--key', 'good/config.json'], 4],
    ['a key file that is not there', ['--key', 'none.pub'], 2],
    ['an identity without its provider', ['--identity', 'a@b'], 2],
    ['a certificate that is none', ['--cert-chain', 'good/config.json'], 4],
  ])('%s is refused', async (_, args, code) => {
    expect((await stemma(['good', ...args])).exitCode).toBe(code);
  });
});
