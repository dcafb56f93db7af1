import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { generateKey, KEY_TYPES, loadSigner, parsePublicKey, verifySignature } from '../../../src/core/keys/index.ts';
import { codeOf, hasOpenssl } from './support.ts';

const MESSAGE = Buffer.from('statement');
const PASSPHRASE = 'Überraschung 7';

describe('generating keys', () => {
  test.each(KEY_TYPES)('%s: both files are read back, plain and encrypted', async (type) => {
    for (const passphrase of [undefined, PASSPHRASE]) {
      const { privatePem, publicPem, publicKey } = await generateKey(type, passphrase);
      const signer = await loadSigner(Buffer.from(privatePem), passphrase);

      expect(publicKey.type).toBe(type);
      expect(parsePublicKey(Buffer.from(publicPem))).toEqual(publicKey);
      expect(signer.publicKey).toEqual(publicKey);
      expect(privatePem).toMatch(
        passphrase === undefined ? /^-----BEGIN PRIVATE KEY-----\n/ : /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/,
      );
    }
  });

  test.each(KEY_TYPES)('%s: Node reads the key, and derives the same public half', async (type) => {
    const { privatePem, publicPem } = await generateKey(type, PASSPHRASE);

    const key = createPublicKey(createPrivateKey({ key: privatePem, passphrase: PASSPHRASE }));

    expect(key.export({ type: 'spki', format: 'pem' })).toBe(publicPem);
  });

  test('two keys differ, and so do two encryptions under one passphrase', async () => {
    const [first, second] = [await generateKey('ed25519', PASSPHRASE), await generateKey('ed25519', PASSPHRASE)];

    expect(first.publicPem).not.toBe(second.publicPem);
    expect(first.privatePem).not.toBe(second.privatePem);
  });

  test('the encrypted file does not open with another passphrase, not even another normalisation of it', async () => {
    const { privatePem } = await generateKey('ed25519', PASSPHRASE);
    const load = (passphrase: string | undefined) => loadSigner(Buffer.from(privatePem), passphrase);

    expect(await codeOf(() => load(undefined))).toBe('PASSPHRASE_MISSING');
    expect(await codeOf(() => load(''))).toBe('PASSPHRASE_WRONG');
    expect(await codeOf(() => load(PASSPHRASE.normalize('NFD')))).toBe('PASSPHRASE_WRONG');
  });
});

describe.skipIf(!hasOpenssl)('openssl (skipped where OpenSSL 3 is not installed)', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'stemma-keys-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  const file = (name: string, data: string | Uint8Array): string => {
    writeFileSync(path.join(dir, name), data);
    return path.join(dir, name);
  };
  const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

  test('sees PBKDF2-HMAC-SHA-256 with at least 600,000 rounds, and AES-256-CBC', async () => {
    const { privatePem } = await generateKey('ecdsa-p256', PASSPHRASE);

    const listing = openssl('asn1parse', '-in', file('rounds.key', privatePem)).toString();

    const rounds = /INTEGER\s+:([0-9A-F]+)/.exec(listing)?.[1] ?? '0';
    expect(Number.parseInt(rounds, 16)).toBeGreaterThanOrEqual(600_000);
    expect(listing).toMatch(/PBES2[^]*PBKDF2[^]*hmacWithSHA256[^]*aes-256-cbc/);
  });

  test.each(KEY_TYPES)('%s: reads our encrypted key and finds it consistent', async (type) => {
    const { privatePem, publicPem } = await generateKey(type, PASSPHRASE);
    const key = file(`${type}.key`, privatePem);

    expect(openssl('pkey', '-in', key, '-passin', `pass:${PASSPHRASE}`, '-pubout').toString()).toBe(publicPem);
    expect(() => openssl('pkey', '-in', key, '-passin', 'pass:wrong', '-pubout')).toThrow();
  });

  test.each([
    ['ecdsa-p256', '-sha256'],
    ['ecdsa-p384', '-sha384'],
    ['ecdsa-p521', '-sha512'],
    ['secp256k1', '-sha256'],
  ] as const)('%s: verifies our signature, and we verify its', async (type, hash) => {
    const { privatePem, publicPem, publicKey } = await generateKey(type, undefined);
    const signer = await loadSigner(Buffer.from(privatePem), undefined);
    const [key, pub] = [file(`${type}-dgst.key`, privatePem), file(`${type}-dgst.pub`, publicPem)];
    const message = file('message', MESSAGE);
    const ours = file('ours.sig', await signer.sign(MESSAGE));

    expect(openssl('dgst', hash, '-verify', pub, '-signature', ours, message).toString()).toContain('Verified OK');
    for (let i = 0; i < 4; i++) {
      const theirs = openssl('dgst', hash, '-sign', key, message);
      expect(verifySignature(publicKey, MESSAGE, theirs)).toBe(true);
      expect(verifySignature(publicKey, Buffer.from('Statement'), theirs)).toBe(false);
    }
  });

  test('ed25519: verifies our signature, and makes the same one', async () => {
    const { privatePem, publicPem } = await generateKey('ed25519', undefined);
    const signer = await loadSigner(Buffer.from(privatePem), undefined);
    const [key, pub] = [file('ed.key', privatePem), file('ed.pub', publicPem)];
    const message = file('message', MESSAGE);
    const signature = await signer.sign(MESSAGE);
    const sigfile = file('ed.sig', signature);

    openssl('pkeyutl', '-verify', '-pubin', '-inkey', pub, '-rawin', '-in', message, '-sigfile', sigfile);
    expect(openssl('pkeyutl', '-sign', '-inkey', key, '-rawin', '-in', message)).toEqual(Buffer.from(signature));
  });

  test('we read what it generates', async () => {
    for (const [name, args] of [
      ['plain', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']],
      ['ed25519', ['genpkey', '-algorithm', 'ED25519']],
      ['ecparam', ['ecparam', '-genkey', '-name', 'secp384r1']],
      ['encrypted', ['genpkey', '-algorithm', 'ED25519', '-aes256', '-pass', `pass:${PASSPHRASE}`]],
    ] as const) {
      const pem = openssl(...args);
      const key = file(`${name}.gen`, pem);
      const pub = openssl('pkey', '-in', key, '-passin', `pass:${PASSPHRASE}`, '-pubout');
      expect((await loadSigner(pem, PASSPHRASE)).publicKey.pem, name).toBe(pub.toString());
    }
  });
});
