import { describe, expect, test, vi } from 'vitest';
import { decodeHex, hexEncode } from '../../../src/core/bytes/index.ts';
import { isStemmaError, type StemmaError } from '../../../src/core/errors/index.ts';
import { encodeDer, encodeDerInteger, TAG } from '../../../src/core/keys/der.ts';
import { generateKey, loadSigner, parsePublicKey, readPublicKey } from '../../../src/core/keys/index.ts';
import { encodePem, parsePem } from '../../../src/core/keys/pem.ts';
import { encodePkcs8 } from '../../../src/core/keys/private-key.ts';
import { encodeAlgorithm } from '../../../src/core/keys/public-key.ts';
import { codeOf, fixture, PASSPHRASE } from './support.ts';

const load = (text: string | Uint8Array, passphrase?: string) => loadSigner(Buffer.from(text), passphrase);
const derOf = (name: string): Uint8Array => parsePem(fixture(name), 'KEY_INVALID', name)[0]?.der ?? new Uint8Array();
const P256 = parsePublicKey(fixture('p256.pub'));

async function errorOf(run: () => Promise<unknown>): Promise<StemmaError> {
  try {
    await run();
  } catch (error) {
    if (isStemmaError(error)) return error;
    throw error;
  }
  throw new Error('nothing thrown');
}

describe('loading a signer', () => {
  test.each(['p256', 'p384', 'p521', 'ed25519', 'secp256k1'])(
    '%s.key belongs to the .pub of that name',
    async (name) => {
      const { publicKey } = await load(fixture(`${name}.key`));

      expect(publicKey).toEqual(parsePublicKey(fixture(`${name}.pub`)));
      expect(readPublicKey(fixture(`${name}.key`))).toEqual({ key: publicKey, fromPrivate: true });
      expect(readPublicKey(fixture(`${name}.pub`))).toEqual({ key: publicKey, fromPrivate: false });
    },
  );

  test.each([
    ['p256-encrypted.key', 'p256.pub'],
    ['p256-aes128-sha1.key', 'p256.pub'],
    ['p256-aes192-sha512.key', 'p256.pub'],
    ['p384-python.key', 'p384.pub'],
  ])('%s opens with its passphrase', async (name, publicName) => {
    const { publicKey } = await load(fixture(name), PASSPHRASE);

    expect(publicKey).toEqual(parsePublicKey(fixture(publicName)));
  });

  test('SEC1 with the parameters block that OpenSSL puts in front is read', async () => {
    expect((await load(fixture('p256-sec1.key'))).publicKey).toEqual(P256);
    expect(readPublicKey(fixture('p256-sec1.key')).key).toEqual(P256);
  });

  test('the passphrase is asked for only when the key is encrypted', async () => {
    const ask = vi.fn(async () => PASSPHRASE);

    await loadSigner(fixture('p256.key'), ask);
    expect(ask).not.toHaveBeenCalled();
    await loadSigner(fixture('p256-encrypted.key'), ask);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test('no passphrase is another error than a wrong or an empty one (row 27)', async () => {
    const encrypted = fixture('p256-encrypted.key');

    expect(await codeOf(() => loadSigner(encrypted, undefined))).toBe('PASSPHRASE_MISSING');
    expect(await codeOf(() => loadSigner(encrypted, async () => undefined))).toBe('PASSPHRASE_MISSING');
    expect(await codeOf(() => loadSigner(encrypted, ''))).toBe('PASSPHRASE_WRONG');
    expect(await codeOf(() => loadSigner(encrypted, `${PASSPHRASE} `))).toBe('PASSPHRASE_WRONG');
  });

  test('a wrong passphrase that happens to leave good padding is a wrong passphrase still', async () => {
    const encrypted = fixture('p256-encrypted.key');
    const codes = new Set<string>();

    // About one in 256 of them decrypts to well-padded garbage.
    for (let i = 0; i < 600; i++) codes.add(await codeOf(() => loadSigner(encrypted, `guess ${i}`)));

    expect([...codes]).toEqual(['PASSPHRASE_WRONG']);
  });

  test.each([
    ['rsa.key', /RSA/],
    ['p256-scrypt.key', /scrypt/],
    ['p256-des3.key', /not AES-CBC/],
    ['p256-legacy-encrypted.key', /headers inside a block/],
    ['p256-openssh.key', /OPENSSH PRIVATE KEY/],
    ['p256.pub', /found "PUBLIC KEY"/],
    ['leaf.pem', /found "CERTIFICATE"/],
  ])('%s is refused with the reason', async (name, reason) => {
    const error = await errorOf(() => loadSigner(fixture(name), PASSPHRASE));

    expect(error.code).toBe('KEY_INVALID');
    expect(error.message).toMatch(reason);
  });

  test('an encrypted private key where a public one is wanted is refused without asking', async () => {
    expect(await codeOf(() => readPublicKey(fixture('p256-encrypted.key')))).toBe('KEY_INVALID');
    expect(() => readPublicKey(fixture('p256-encrypted.key'))).toThrow(/found an encrypted private key/);
  });

  test('two keys in one file are refused', async () => {
    const two = Buffer.concat([fixture('p256.key'), fixture('p384.key')]);
    const pair = Buffer.concat([fixture('p256.key'), fixture('p256.pub')]);

    expect(await codeOf(() => load(two))).toBe('KEY_INVALID');
    expect(await codeOf(() => load(pair))).toBe('KEY_INVALID');
    expect(await codeOf(() => readPublicKey(two))).toBe('KEY_INVALID');
  });
});

describe('hostile private keys', () => {
  const secret = decodeHex('11'.repeat(32));
  const pkcs8 = (der: Uint8Array) => load(encodePem('PRIVATE KEY', der));
  const sec1 = (...parts: Uint8Array[]) =>
    encodeDer(TAG.sequence, encodeDerInteger(1), encodeDer(TAG.octetString, secret), ...parts);
  const wrap = (version: number, inner: Uint8Array, ...more: Uint8Array[]) =>
    encodeDer(
      TAG.sequence,
      encodeDerInteger(version),
      encodeAlgorithm('ecdsa-p256'),
      encodeDer(TAG.octetString, inner),
      ...more,
    );
  const bits = (tag: number, bytes: Uint8Array) => encodeDer(tag, Uint8Array.of(0), bytes);
  const otherPoint = encodeDer(TAG.context1, bits(TAG.bitString, P256.raw));

  test.each([
    ['0', '00'.repeat(32)],
    ['n', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'],
    ['2^256 - 1', 'ff'.repeat(32)],
    ['31 bytes', '11'.repeat(31)],
    ['33 bytes', `00${'11'.repeat(32)}`],
  ])('a P-256 scalar of %s is refused', async (_what, hex) => {
    expect(await codeOf(() => pkcs8(encodePkcs8('ecdsa-p256', decodeHex(hex))))).toBe('KEY_INVALID');
  });

  test('an Ed25519 seed of another length is refused', async () => {
    expect(await codeOf(() => pkcs8(encodePkcs8('ed25519', decodeHex('11'.repeat(31)))))).toBe('KEY_INVALID');
    expect(await codeOf(() => pkcs8(encodePkcs8('ed25519', decodeHex('11'.repeat(64)))))).toBe('KEY_INVALID');
  });

  test("a public key inside the file that is another key's is refused, for signing and for verifying", async () => {
    const der = wrap(0, sec1(otherPoint));

    expect(await codeOf(() => pkcs8(der))).toBe('KEY_INVALID');
    expect(await codeOf(() => readPublicKey(Buffer.from(encodePem('PRIVATE KEY', der))))).toBe('KEY_INVALID');
    expect(await codeOf(() => pkcs8(wrap(1, sec1(), bits(0x81, P256.raw))))).toBe('KEY_INVALID');
    expect(await codeOf(() => pkcs8(wrap(1, sec1(otherPoint), bits(0x81, decodeHex('04')))))).toBe('KEY_INVALID');
  });

  test('an Ed25519 public key inside the file must be that of the seed', async () => {
    const inner = encodeDer(TAG.octetString, encodeDer(TAG.octetString, secret));
    const file = (point: Uint8Array) =>
      encodeDer(TAG.sequence, encodeDerInteger(1), encodeAlgorithm('ed25519'), inner, bits(0x81, point));
    const { publicKey } = await pkcs8(encodePkcs8('ed25519', secret));

    expect((await pkcs8(file(publicKey.raw))).publicKey).toEqual(publicKey);
    expect(await codeOf(() => pkcs8(file(parsePublicKey(fixture('ed25519.pub')).raw)))).toBe('KEY_INVALID');
  });

  test.each([
    ['version 2', () => wrap(2, sec1())],
    ['a public key field under version 0', () => wrap(0, sec1(), bits(0x81, P256.raw))],
    ['attributes', () => wrap(0, sec1(), encodeDer(TAG.context0))],
    ['another curve inside', () => wrap(0, sec1(encodeDer(TAG.context0, encodeDer(TAG.oid, decodeHex('2b81040022')))))],
    ['trailing bytes inside', () => wrap(0, Uint8Array.of(...sec1(), 0))],
    ['trailing bytes', () => Uint8Array.of(...wrap(0, sec1()), 0)],
    ['an empty block of zeros', () => new Uint8Array(64)],
  ])('%s is refused', async (_what, der) => {
    expect(await codeOf(() => pkcs8(wrap(0, sec1())))).toBe('nothing thrown');
    expect(await codeOf(() => pkcs8(der()))).toBe('KEY_INVALID');
  });

  test('SEC1 without a curve is refused', async () => {
    expect(await codeOf(() => load(encodePem('EC PRIVATE KEY', sec1())))).toBe('KEY_INVALID');
  });

  test('no error holds a byte of the private key', async () => {
    const text = fixture('p256.key').toString();
    const [, body = ''] = text.split('\n');
    const damaged = [
      text.replace(body, `${body.slice(0, -1)}!`),
      text.replace('BEGIN PRIVATE', 'BEGIN PRIVAT'),
      text.replace('END PRIVATE', 'END PUBLIC'),
      `${text}${body}`,
      encodePem('PRIVATE KEY', derOf('p256.key').subarray(0, -1)),
      encodePem('PUBLIC KEY', derOf('p256.key')),
    ];
    for (const pem of damaged) {
      for (const run of [() => load(pem), async () => readPublicKey(Buffer.from(pem))]) {
        const { message, hint, details, cause } = await errorOf(run);
        const said = JSON.stringify([message, hint, details, String(cause)]);
        expect(said).not.toContain(body.slice(20, 30));
        expect(said).not.toContain(hexEncode(derOf('p256.key')).slice(80, 90));
      }
    }
  });
});

describe('flipping every byte of a key file', () => {
  test.each(['p256.key', 'ed25519.key', 'p256-sec1.key', 'p256-encrypted.key'])(
    '%s: the result is an error or another key',
    async (name) => {
      const bytes = fixture(name);
      const original = (await loadSigner(bytes, PASSPHRASE)).publicKey.fingerprint;
      // In p256-sec1.key the first block repeats the parameters; its base64 is not read as a key.
      const start = bytes.includes('-----BEGIN EC PARAMETERS') ? bytes.indexOf('-----BEGIN EC PRIVATE') : 0;

      for (let at = start; at < bytes.length; at++) {
        for (const mask of [1, 0x20, 0xff]) {
          const mutated = Buffer.from(bytes);
          mutated[at] = (bytes[at] ?? 0) ^ mask;
          try {
            const { publicKey } = await loadSigner(mutated, PASSPHRASE);
            expect(publicKey.fingerprint, `byte ${at} mask ${mask}`).not.toBe(original);
          } catch (error) {
            if (!isStemmaError(error)) throw error;
            expect(['KEY_INVALID', 'PASSPHRASE_WRONG']).toContain(error.code);
          }
        }
      }
    },
  );

  test('no truncation of a key file is read', async () => {
    const bytes = fixture('p256-encrypted.key');

    // The final newline alone may be missing.
    for (let length = 0; length < bytes.length - 1; length++) {
      expect(await codeOf(() => loadSigner(bytes.subarray(0, length), PASSPHRASE))).toBe('KEY_INVALID');
    }
  });
});

test('generated keys refuse the empty passphrase', async () => {
  expect(await codeOf(() => generateKey('ecdsa-p256', ''))).toBe('PASSPHRASE_MISSING');
});
