import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeKeyPair } from '../../../src/cli/index.ts';
import { loadSigner, readPublicKey } from '../../../src/core/keys/index.ts';
import { onlyDocument, runStemma } from '../../support/cli.ts';
import { hasTerminal, typeInto } from './terminal.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'stemma-key-'));
});
const file = (name: string): string => path.join(cwd, name);
const contents = (): string[] => readdirSync(cwd).toSorted();

describe('key generate', () => {
  it('writes an encrypted private key that only the owner can read, and its public key', async () => {
    const { exitCode, stdout, stderr } = await runStemma(['key', 'generate', 'trainer'], {
      cwd,
      env: { STEMMA_PASSPHRASE: 'secret' },
    });

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(contents()).toEqual(['trainer.key', 'trainer.pub']);
    expect(statSync(file('trainer.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(file('trainer.key'), 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    const signer = await loadSigner(readFileSync(file('trainer.key')), 'secret');
    const { key } = readPublicKey(readFileSync(file('trainer.pub')));
    expect(key).toEqual(signer.publicKey);
    expect(key.type).toBe('ecdsa-p256');
    expect(stdout).toContain(key.fingerprint);
  });

  it.each(['ecdsa-p384', 'ecdsa-p521', 'ed25519', 'secp256k1'])('makes a key of type %s', async (type) => {
    const { exitCode, stdout } = await runStemma(
      ['key', 'generate', 'k', '--type', type, '--no-passphrase', '--json'],
      { cwd },
    );

    expect(exitCode).toBe(0);
    const { key } = readPublicKey(readFileSync(file('k.pub')));
    expect(key.type).toBe(type);
    expect(onlyDocument(stdout).result).toEqual({
      type,
      fingerprint: key.fingerprint,
      hint: key.hint,
      privateFile: 'k.key',
      publicFile: 'k.pub',
      encrypted: false,
    });
  });

  it('takes the passphrase from a file without its final line break', async () => {
    writeFileSync(file('p'), 'pass phrase\r\n');

    const { exitCode } = await runStemma(['key', 'generate', 'k', '--passphrase-file', 'p'], { cwd });

    expect(exitCode).toBe(0);
    await expect(loadSigner(readFileSync(file('k.key')), 'pass phrase')).resolves.toBeDefined();
  });

  it.each([
    ['no passphrase and nobody to ask', [], {}, 'PASSPHRASE_MISSING', 2],
    ['an empty passphrase', ['--passphrase-file', 'empty'], {}, 'PASSPHRASE_MISSING', 2],
    ['a passphrase file that is not there', ['--passphrase-file', 'none'], {}, 'PATH_NOT_FOUND', 2],
    ['a passphrase file that is a folder', ['--passphrase-file', '.'], {}, 'USAGE', 2],
    ['a passphrase file that is not text', ['--passphrase-file', 'binary'], {}, 'ENCODING_INVALID', 4],
    ['a passphrase file that is a gigabyte', ['--passphrase-file', '/dev/zero'], {}, 'TOO_LARGE', 4],
    ['a folder that does not exist', ['--no-passphrase'], { name: 'none/k' }, 'WRITE_FAILED', 5],
    ['a private key that exists', ['--no-passphrase'], { name: 'old' }, 'WOULD_OVERWRITE', 2],
    ['a public key that exists', ['--no-passphrase'], { name: 'half' }, 'WOULD_OVERWRITE', 2],
    ['a link that leads nowhere in the place of the key', ['--no-passphrase'], { name: 'link' }, 'WOULD_OVERWRITE', 2],
  ])(
    'refuses %s and leaves everything as it was',
    async (_, flags, { name = 'k' }: { name?: string }, code, exitCode) => {
      for (const [name, text] of [
        ['empty', ''],
        ['binary', '\xff'],
        ['old.key', 'old'],
        ['half.pub', 'half'],
      ] as const) {
        writeFileSync(file(name), text, 'latin1');
      }
      symlinkSync('nowhere', file('link.key'));
      const before = contents();

      const result = await runStemma(['key', 'generate', name, ...flags, '--json'], { cwd });

      expect(result.exitCode).toBe(exitCode);
      expect(onlyDocument(result.stdout).error?.code).toBe(code);
      expect(contents()).toEqual(before);
      expect(readFileSync(file('old.key'), 'utf8')).toBe('old');
      expect(readFileSync(file('half.pub'), 'utf8')).toBe('half');
    },
  );

  it('replaces a pair only with --force', async () => {
    writeFileSync(file('k.key'), 'old');
    writeFileSync(file('k.pub'), 'old');

    const { exitCode } = await runStemma(['key', 'generate', 'k', '--no-passphrase', '--force'], { cwd });

    expect(exitCode).toBe(0);
    expect(contents()).toEqual(['k.key', 'k.pub']);
    expect(readPublicKey(readFileSync(file('k.key'))).key).toEqual(readPublicKey(readFileSync(file('k.pub'))).key);
    expect(statSync(file('k.key')).mode & 0o777).toBe(0o600);
  });

  it('does not take a passphrase as an argument', async () => {
    const { exitCode, stderr } = await runStemma(['key', 'generate', 'k', '--passphrase', 'secret'], { cwd });

    expect(exitCode).toBe(2);
    expect(contents()).toEqual([]);
    expect(stderr).toContain('nonexistent flag');
  });
});

describe('writing a key pair', () => {
  const pem = { private: 'new private', public: 'new public' };
  const files = () => ({ privateFile: file('k.key'), publicFile: file('k.pub') });

  it('writes neither file where the second one has appeared in the meantime', async () => {
    writeFileSync(file('k.pub'), 'of someone else');

    await expect(writeKeyPair(files(), pem, false)).rejects.toThrow(
      expect.objectContaining({ code: 'WOULD_OVERWRITE' }),
    );

    expect(contents()).toEqual(['k.pub']);
    expect(readFileSync(file('k.pub'), 'utf8')).toBe('of someone else');
  });

  it('brings the old private key back where the public key cannot be replaced', async () => {
    writeFileSync(file('k.key'), 'old private');
    mkdirSync(file('k.pub'));

    await expect(writeKeyPair(files(), pem, true)).rejects.toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));

    expect(contents()).toEqual(['k.key', 'k.pub']);
    expect(readFileSync(file('k.key'), 'utf8')).toBe('old private');
  });

  it('leaves no new private key where there was none and the public key cannot be replaced', async () => {
    mkdirSync(file('k.pub'));

    await expect(writeKeyPair(files(), pem, true)).rejects.toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));

    expect(contents()).toEqual(['k.pub']);
  });
});

describe.skipIf(!hasTerminal)('on a terminal (needs script of util-linux)', () => {
  it('asks twice without showing what is typed, and understands backspace', async () => {
    const { exitCode, screen } = await typeInto(['key', 'generate', 'k'], ['secx\u007fret\r', 'secret\r'], cwd);

    expect(exitCode).toBe(0);
    expect(screen).not.toContain('sec');
    await expect(loadSigner(readFileSync(file('k.key')), 'secret')).resolves.toBeDefined();
  });

  it.each([
    ['two answers that differ', ['secret\r', 'other\r'], 2],
    ['an empty answer', ['\r', '\r'], 2],
    ['Ctrl-C', ['sec\u0003'], 130],
  ])('writes nothing after %s', async (_, answers, code) => {
    const { exitCode, screen } = await typeInto(['key', 'generate', 'k'], answers, cwd);

    expect(exitCode).toBe(code);
    expect(screen).toContain('error:');
    expect(screen).not.toContain('sec');
    expect(screen).not.toContain('other');
    expect(contents()).toEqual([]);
  });
});
