import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeDer, TAG } from '../../../src/core/keys/der.ts';
import { loadSigner, looksLikeP1363, parsePublicKey, type SignatureHash } from '../../../src/core/keys/index.ts';
import { bigFromBytes, CURVES, ECDSA_TYPES, type EcdsaKeyType } from '../../../src/core/keys/key-types.ts';
import { encodePem } from '../../../src/core/keys/pem.ts';
import { encodePkcs8 } from '../../../src/core/keys/private-key.ts';
import { fixture, VERIFIERS } from './support.ts';

const HASHES: readonly SignatureHash[] = ['sha256', 'sha384', 'sha512'];
const MESSAGE = Buffer.from('weights');
const keyFile = (type: EcdsaKeyType): string => type.replace('ecdsa-', '');
async function signerOf(type: EcdsaKeyType) {
  const signer = await loadSigner(fixture(`${keyFile(type)}.key`), undefined);
  return { publicKey: signer.publicKey, sign: (message: Uint8Array) => signer.sign(message) };
}

const minimal = (value: bigint): Buffer => {
  const text = value.toString(16);
  const bytes = Buffer.from(text.padStart(text.length + (text.length % 2), '0'), 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
};
const integer = (value: bigint): Uint8Array => encodeDer(TAG.integer, minimal(value));
const encode = (r: bigint, s: bigint): Uint8Array => encodeDer(TAG.sequence, integer(r), integer(s));

function decode(signature: Uint8Array): { r: bigint; s: bigint } {
  const body = (signature[1] ?? 0) === 0x81 ? 3 : 2;
  const rEnd = body + 2 + (signature[body + 1] ?? 0);
  return { r: bigFromBytes(signature.subarray(body + 2, rEnd)), s: bigFromBytes(signature.subarray(rEnd + 2)) };
}

describe.each(VERIFIERS)('ECDSA by %s', (_name, verify) => {
  test.each(ECDSA_TYPES)('%s: either S is accepted, with the same verdict (row 18)', async (type) => {
    const { publicKey, sign } = await signerOf(type);
    const { r, s } = decode(await sign(MESSAGE));

    expect(verify(publicKey, MESSAGE, encode(r, s))).toBe(true);
    expect(verify(publicKey, MESSAGE, encode(r, CURVES[type].n - s))).toBe(true);
    expect(verify(publicKey, Buffer.from('weighty'), encode(r, CURVES[type].n - s))).toBe(false);
  });

  test.each(ECDSA_TYPES)('%s: BER, negative, zero, too large and trailing bytes are refused (row 19)', async (type) => {
    const { publicKey, sign } = await signerOf(type);
    const good = await sign(MESSAGE);
    const { r, s } = decode(good);
    const { n } = CURVES[type];
    const raw = (tag: number, ...bytes: number[]) => Buffer.of(tag, ...bytes);
    const body = Buffer.concat([integer(r), integer(s)]);
    const padded = (value: bigint) => encodeDer(TAG.integer, Buffer.concat([Buffer.of(0), minimal(value)]));
    const wrong: Record<string, Uint8Array> = {
      empty: new Uint8Array(),
      'trailing byte': Buffer.concat([good, Buffer.of(0)]),
      'trailing byte inside': encodeDer(TAG.sequence, body, Buffer.of(0)),
      'third integer': encodeDer(TAG.sequence, body, integer(1n)),
      'one integer': encodeDer(TAG.sequence, integer(r)),
      'indefinite length': Buffer.concat([raw(0x30, 0x80), body, raw(0, 0)]),
      'length in two bytes': Buffer.concat([raw(0x30, 0x82, 0, body.length), body]),
      'length of an integer in long form': encodeDer(
        TAG.sequence,
        Buffer.concat([raw(0x02, 0x81, minimal(r).length), minimal(r)]),
        integer(s),
      ),
      'zero in front of r': encodeDer(TAG.sequence, padded(r), integer(s)),
      'zero in front of s': encodeDer(TAG.sequence, integer(r), padded(s)),
      'negative r': encodeDer(TAG.sequence, raw(0x02, 1, 0xff), integer(s)),
      'empty r': encodeDer(TAG.sequence, raw(0x02, 0), integer(s)),
      'r = 0': encode(0n, s),
      's = 0': encode(r, 0n),
      'both 0': encode(0n, 0n),
      'r = n': encode(n, s),
      's = n': encode(r, n),
      'r + n': encode(r + n, s),
      's + n': encode(r, s + n),
      'another tag': Buffer.concat([raw(0x31), good.subarray(1)]),
      truncated: good.subarray(0, -1),
    };
    if (body.length < 0x80) wrong['long form of a short length'] = Buffer.concat([raw(0x30, 0x81, body.length), body]);

    for (const [what, signature] of Object.entries(wrong)) {
      expect(verify(publicKey, MESSAGE, signature), what).toBe(false);
    }
    expect(verify(publicKey, MESSAGE, encodeDer(TAG.sequence, body))).toBe(true);
  });

  test.each(ECDSA_TYPES)('%s: a raw r‖s pair is refused, and recognised for the hint (row 20)', async (type) => {
    const { publicKey, sign } = await signerOf(type);
    const { bytes } = CURVES[type];
    const der = await sign(MESSAGE);
    const { r, s } = decode(der);
    const pair = Buffer.from(r.toString(16).padStart(2 * bytes, '0') + s.toString(16).padStart(2 * bytes, '0'), 'hex');

    expect(verify(publicKey, MESSAGE, pair)).toBe(false);
    expect(looksLikeP1363(publicKey, pair)).toBe(true);
    expect(looksLikeP1363(publicKey, der)).toBe(false);
    expect(looksLikeP1363(publicKey, pair.subarray(1))).toBe(false);
  });

  test('a signature is refused under every other key, whatever its curve (rows 21, 22)', async () => {
    for (const type of ECDSA_TYPES) {
      const signature = await (await signerOf(type)).sign(MESSAGE);
      for (const other of ['p256', 'p384', 'p521', 'secp256k1', 'ed25519']) {
        const accepted = verify(parsePublicKey(fixture(`${other}.pub`)), MESSAGE, signature);
        expect(accepted, `${type} under ${other}`).toBe(other === keyFile(type));
      }
    }
  });

  test('the hash is that of the curve unless another one is named', async () => {
    const { publicKey, sign } = await signerOf('ecdsa-p384');
    const signature = await sign(MESSAGE);

    expect(verify(publicKey, MESSAGE, signature, { hash: 'sha384' })).toBe(true);
    expect(verify(publicKey, MESSAGE, signature, { hash: 'sha256' })).toBe(false);
    expect(verify(publicKey, MESSAGE, signature, { hash: 'sha512' })).toBe(false);
  });

  test('any curve verifies under any of the three hashes, also one that is longer than the curve', async () => {
    const { createPrivateKey, sign } = await import('node:crypto');
    for (const type of ECDSA_TYPES) {
      const key = createPrivateKey(fixture(`${keyFile(type)}.key`));
      const publicKey = parsePublicKey(fixture(`${keyFile(type)}.pub`));
      for (const hash of HASHES) {
        const signature = sign(hash, MESSAGE, key);
        expect(verify(publicKey, MESSAGE, signature, { hash }), `${type} ${hash}`).toBe(true);
      }
    }
  });

  test('no flipped byte of a signature is accepted', async () => {
    const { publicKey, sign } = await signerOf('ecdsa-p256');
    const signature = await sign(MESSAGE);

    for (let at = 0; at < signature.length; at++) {
      const mutated = Buffer.from(signature);
      mutated[at] = (signature[at] ?? 0) ^ 1;
      expect(verify(publicKey, MESSAGE, mutated), `byte ${at}`).toBe(false);
    }
  });
});

test('both verifiers answer every byte string alike, without throwing', async () => {
  const { publicKey, sign } = await signerOf('ecdsa-p256');
  const good = Buffer.from(await sign(MESSAGE));
  const mutation = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
  const mutated = fc.array(mutation, { maxLength: 3 }).map((changes) => {
    const copy = Buffer.from(good);
    for (const { at, value } of changes) copy[at] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), (signature) => {
      const [first, second] = VERIFIERS.map(([, verify]) => verify(publicKey, MESSAGE, signature));
      expect(first).toBe(second);
      expect(first).toBe(good.equals(signature));
    }),
    { numRuns: 200 },
  );
});

describe('RFC 6979 appendix A.2', () => {
  const vectors: readonly (readonly [EcdsaKeyType, string, string, string, string])[] = [
    [
      'ecdsa-p256',
      'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
      'sample',
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    ],
    [
      'ecdsa-p256',
      'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
      'test',
      'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367',
      '019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
    ],
    [
      'ecdsa-p384',
      '6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5',
      'sample',
      '94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46',
      '99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
    ],
    [
      'ecdsa-p521',
      '00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538',
      'sample',
      'c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa',
      '617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a',
    ],
  ];

  test.each(vectors)('%s %#: the signature is the one of the RFC', async (type, secret, message, r, s) => {
    const pem = encodePem('PRIVATE KEY', encodePkcs8(type, Buffer.from(secret, 'hex')));
    const signer = await loadSigner(Buffer.from(pem), undefined);

    const signature = await signer.sign(Buffer.from(message));

    expect(decode(signature)).toEqual({ r: BigInt(`0x${r}`), s: BigInt(`0x${s}`) });
  });

  test('secp256k1 signs with the smaller S', async () => {
    const { sign } = await signerOf('secp256k1');
    for (let i = 0; i < 8; i++) {
      const { s } = decode(await sign(createHash('sha256').update(String(i)).digest()));
      expect(s <= CURVES.secp256k1.n / 2n).toBe(true);
    }
  });
});
