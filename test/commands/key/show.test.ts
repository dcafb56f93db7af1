import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSigningKey, loadTrustedKeys } from '../../../src/cli/index.ts';
import { type GeneratedKey, generateKey } from '../../../src/core/keys/index.ts';
import { onlyDocument, runStemma } from '../../support/cli.ts';

const cwd = mkdtempSync(path.join(tmpdir(), 'stemma-key-'));
const file = (name: string): string => path.join(cwd, name);
let plain: GeneratedKey;
let locked: GeneratedKey;

beforeAll(async () => {
  plain = await generateKey('ed25519', undefined);
  locked = await generateKey('ecdsa-p256', 'secret');
  for (const [name, text] of [
    ['plain.key', plain.privatePem],
    ['plain.pub', plain.publicPem],
    ['locked.key', locked.privatePem],
    ['secret.txt', 'secret\n'],
    ['wrong.txt', 'wrong\n'],
    ['empty.txt', ''],
    ['text.txt', 'no key\n'],
  ] as const) {
    writeFileSync(file(name), text, { mode: 0o600 });
  }
});

describe('key show', () => {
  it('prints type, fingerprint, hint and PEM of a public key', async () => {
    const { exitCode, stdout } = await runStemma(['key', 'show', 'plain.pub'], { cwd });

    expect(exitCode).toBe(0);
    for (const text of ['ed25519', plain.publicKey.fingerprint, plain.publicKey.hint, plain.publicPem])
      expect(stdout).toContain(text);
  });

  it.each([
    ['an unencrypted private key', 'plain.key', [], {}],
    ['an encrypted one, the passphrase in a file', 'locked.key', ['--passphrase-file', 'secret.txt'], {}],
    ['an encrypted one, the passphrase in the environment', 'locked.key', [], { STEMMA_PASSPHRASE: 'secret' }],
    ['an encrypted one, the file named in the environment', 'locked.key', [], { STEMMA_PASSPHRASE_FILE: 'secret.txt' }],
  ])('shows the public half, and only that, of %s', async (_, name, flags, env) => {
    const { exitCode, stdout, stderr } = await runStemma(['key', 'show', name, ...flags, '--json'], { cwd, env });

    const { type, fingerprint, hint, pem } = (name === 'plain.key' ? plain : locked).publicKey;
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(onlyDocument(stdout).result).toEqual({ type, fingerprint, hint, pem, fromPrivate: true });
    expect(stdout).not.toContain('PRIVATE');
  });

  it.each([
    ['a wrong passphrase', ['locked.key', '--passphrase-file', 'wrong.txt'], 4, 'PASSPHRASE_WRONG'],
    ['an empty passphrase', ['locked.key', '--passphrase-file', 'empty.txt'], 4, 'PASSPHRASE_WRONG'],
    ['no passphrase', ['locked.key'], 2, 'PASSPHRASE_MISSING'],
    ['a file that is no key', ['text.txt'], 4, 'KEY_INVALID'],
    ['an empty file', ['empty.txt'], 4, 'KEY_INVALID'],
    ['a file that never ends', ['/dev/zero'], 4, 'TOO_LARGE'],
    ['a file that is not there', ['none.pub'], 2, 'PATH_NOT_FOUND'],
    ['a path through a file', ['text.txt/x'], 2, 'PATH_NOT_FOUND'],
    ['a folder', ['.'], 2, 'USAGE'],
  ])('refuses %s', async (_, args, exitCode, code) => {
    const result = await runStemma(['key', 'show', ...args, '--json'], { cwd });

    expect(result.exitCode).toBe(exitCode);
    expect(onlyDocument(result.stdout).error?.code).toBe(code);
    expect(result.stdout).not.toContain(cwd);
  });
});

describe('the key that signs', () => {
  const warnings: string[] = [];
  const context = {
    warn: (message: string) => void warnings.push(message),
    passphrase: { file: undefined, mayPrompt: false, signal: new AbortController().signal },
  };

  it('comes from a file, or as PEM text from the environment', async () => {
    const fromFile = await loadSigningKey(file('plain.key'), [], context);
    const fromText = await loadSigningKey(plain.privatePem, [], context);

    expect(fromFile.publicKey).toEqual(plain.publicKey);
    expect(fromText.publicKey).toEqual(plain.publicKey);
    expect(warnings).toEqual([]);
  });

  it('is never an argument, and what was given is not repeated', async () => {
    const refused = loadSigningKey(plain.privatePem, ['--key', plain.privatePem], context);

    await expect(refused).rejects.toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.not.stringContaining('BEGIN') }),
    );
  });

  it('has to be given', async () => {
    await expect(loadSigningKey(undefined, [], context)).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('draws a warning where others can read it', async () => {
    writeFileSync(file('open.key'), plain.privatePem);
    chmodSync(file('open.key'), 0o644);

    await loadSigningKey(file('open.key'), [], context);

    expect(warnings).toEqual([expect.stringContaining('"open.key"')]);
    warnings.length = 0;
  });

  it('cannot be a public key', async () => {
    const refused = loadSigningKey(file('plain.pub'), [], context);

    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});

describe('the keys that are trusted', () => {
  it('come from files and PEM text, each with a name that is no path', async () => {
    const keys = await loadTrustedKeys([file('plain.pub'), locked.publicPem], () => undefined);

    expect(keys.map(({ label, key }) => [label, key.fingerprint])).toEqual([
      ['plain.pub', plain.publicKey.fingerprint],
      ['STEMMA_TRUSTED_KEYS', locked.publicKey.fingerprint],
    ]);
  });

  it('may be private keys, of which the public half counts, with a warning', async () => {
    const warnings: string[] = [];

    const [trusted] = await loadTrustedKeys([file('plain.key')], (message) => void warnings.push(message));

    expect(trusted?.key).toEqual(plain.publicKey);
    expect(warnings).toEqual([expect.stringContaining('"plain.key" is a private key')]);
  });

  it('cannot be encrypted: verifying asks for no passphrase', async () => {
    const refused = loadTrustedKeys([file('locked.key')], () => undefined);

    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});
