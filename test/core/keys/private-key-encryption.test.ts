import { describe, expect, test } from 'vitest';
import { decodeHex } from '../../../src/core/bytes/index.ts';
import { encodeDer, encodeDerInteger, TAG } from '../../../src/core/keys/der.ts';
import { loadSigner } from '../../../src/core/keys/index.ts';
import { encodePem } from '../../../src/core/keys/pem.ts';
import { codeOf, PASSPHRASE } from './support.ts';

const load = (pem: string) => loadSigner(Buffer.from(pem), PASSPHRASE);

describe('hostile encryption parameters', () => {
  const oid = (hex: string) => encodeDer(TAG.oid, decodeHex(hex));
  const hmac = encodeDer(TAG.sequence, oid('2a864886f70d0209'), encodeDer(TAG.null));
  const rounds = (value: number) => encodeDerInteger(value);
  const salt = encodeDer(TAG.octetString, new Uint8Array(8));

  function encrypted(
    kdf: readonly Uint8Array[],
    options: { scheme?: string; kdfOid?: string; cipher?: string; iv?: number; ciphertext?: number } = {},
  ): string {
    const parameters = encodeDer(
      TAG.sequence,
      encodeDer(TAG.sequence, oid(options.kdfOid ?? '2a864886f70d01050c'), encodeDer(TAG.sequence, ...kdf)),
      encodeDer(
        TAG.sequence,
        oid(options.cipher ?? '60864801650304012a'),
        encodeDer(TAG.octetString, new Uint8Array(options.iv ?? 16)),
      ),
    );
    const algorithm = encodeDer(TAG.sequence, oid(options.scheme ?? '2a864886f70d01050d'), parameters);
    const ciphertext = encodeDer(TAG.octetString, new Uint8Array(options.ciphertext ?? 32));
    return encodePem('ENCRYPTED PRIVATE KEY', encodeDer(TAG.sequence, algorithm, ciphertext));
  }

  test.each([
    ['more than ten million rounds', encrypted([salt, rounds(10_000_001), hmac])],
    ['2^47 rounds', encrypted([salt, rounds(2 ** 47), hmac])],
    ['0 rounds', encrypted([salt, rounds(0), hmac])],
    ['negative rounds', encrypted([salt, encodeDer(TAG.integer, Uint8Array.of(0xff)), hmac])],
    ['rounds of 100 bytes', encrypted([salt, encodeDer(TAG.integer, new Uint8Array(100).fill(1)), hmac])],
    ['a key length that does not fit', encrypted([salt, rounds(1), rounds(16), hmac])],
    ['HMAC-MD5', encrypted([salt, rounds(1), encodeDer(TAG.sequence, oid('2a864886f70d0206'), encodeDer(TAG.null))])],
    ['an HMAC without NULL', encrypted([salt, rounds(1), encodeDer(TAG.sequence, oid('2a864886f70d0209'))])],
    ['PBES1', encrypted([salt, rounds(1), hmac], { scheme: '2a864886f70d010503' })],
    [
      'scrypt with N = 2^30',
      encrypted([salt, rounds(2 ** 30), rounds(8), rounds(1)], { kdfOid: '2b06010401da47040b' }),
    ],
    ['AES-256-GCM', encrypted([salt, rounds(1), hmac], { cipher: '60864801650304012e' })],
    ['a short IV', encrypted([salt, rounds(1), hmac], { iv: 15 })],
    ['no parameters', encrypted([])],
  ])('%s is refused at once', async (_what, pem) => {
    const start = performance.now();

    expect(await codeOf(() => load(pem))).toBe('KEY_INVALID');
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test.each([0, 15, 33])('a ciphertext of %i bytes is not opened', async (ciphertext) => {
    expect(await codeOf(() => load(encrypted([salt, rounds(1), hmac], { ciphertext })))).toBe('PASSPHRASE_WRONG');
  });
});
