import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSigner, readPublicKey, signingChain } from '../../../src/core/keys/index.ts';
import { certificate, codeOf, fixture } from './support.ts';

const { publicKey: key } = await loadSigner(fixture('leaf.key'), undefined);
const other = readPublicKey(readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/keys/p256.pub'))).key;
const [leaf, intermediate, root] = [certificate('leaf.pem'), certificate('intermediate.pem'), certificate('root.pem')];

describe('the certificates that a signer sends', () => {
  it.each([
    ['the leaf alone', [leaf], [leaf]],
    ['the leaf and its issuer', [leaf, intermediate], [leaf, intermediate]],
    ['no root', [leaf, intermediate, root], [leaf, intermediate]],
    ['no root wherever it stands', [leaf, root, intermediate], [leaf, intermediate]],
    ['no foreign root', [leaf, certificate('other-root.pem'), intermediate], [leaf, intermediate]],
    ['each one once', [leaf, leaf, intermediate, intermediate], [leaf, intermediate]],
    [
      'the order given',
      [leaf, certificate('sub-ca.pem'), intermediate],
      [leaf, certificate('sub-ca.pem'), intermediate],
    ],
  ])('are %s', (_, given, expected) => {
    expect(signingChain(key, given)).toEqual(expected);
  });

  it('of which the first is the only one that may be its own issuer', () => {
    const self = certificate('leaf-self-signed.pem');
    expect(() => signingChain(other, [self])).toThrow();
    expect(signingChain(key, [self])).toEqual([self]);
  });

  it.each([
    ['no certificate', []],
    ['a leaf of another key', [intermediate]],
    ['the leaf behind its issuer', [intermediate, leaf]],
    ['a certificate of a key that cannot sign', [certificate('leaf-rsa.pem')]],
    ['the certificate of an Ed25519 key', [certificate('leaf-ed25519.pem')]],
    ['garbage for a leaf', [Uint8Array.of(0x30, 0)]],
    ['garbage for an intermediate', [leaf, Uint8Array.of(0x30, 0)]],
    ['a leaf with trailing bytes', [new Uint8Array([...leaf, 0])]],
  ])('refuses %s', async (_, given) => {
    expect(await codeOf(() => signingChain(key, given))).toBe('CERTIFICATE_INVALID');
  });

  it('refuses the certificate of a key for another key', async () => {
    expect(await codeOf(() => signingChain(other, [leaf]))).toBe('CERTIFICATE_INVALID');
  });

  it('refuses more certificates than a reader takes', async () => {
    const many = Array.from({ length: 40 }, (_, i) => [...intermediate.slice(0, -1), i].map(Number));
    expect(await codeOf(() => signingChain(key, [leaf, ...many.map((der) => Uint8Array.from(der))]))).toBe(
      'CERTIFICATE_INVALID',
    );
  });
});
