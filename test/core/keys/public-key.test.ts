import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isStemmaError } from '../../../src/core/errors/index.ts';
import { isStrictEd25519Point } from '../../../src/core/keys/ed25519-point.ts';
import { parsePublicKey, parseSpki } from '../../../src/core/keys/index.ts';
import { CURVES, ECDSA_TYPES, isCurvePoint } from '../../../src/core/keys/key-types.ts';
import { encodePem } from '../../../src/core/keys/pem.ts';
import { publicKeyFromPoint } from '../../../src/core/keys/public-key.ts';
import { codeOf, fixture } from './support.ts';

const parse = (text: string) => parsePublicKey(Buffer.from(text));
const P256_PEM = fixture('p256.pub').toString();

describe('reading a public key', () => {
  test.each([
    ['p256.pub', 'ecdsa-p256', 65],
    ['p384.pub', 'ecdsa-p384', 97],
    ['p521.pub', 'ecdsa-p521', 133],
    ['ed25519.pub', 'ed25519', 32],
    ['secp256k1.pub', 'secp256k1', 65],
  ])('%s is a key of type %s, written back byte for byte', (name, type, bytes) => {
    const key = parsePublicKey(fixture(name));

    expect(key.type).toBe(type);
    expect(key.raw).toHaveLength(bytes);
    expect(key.pem).toBe(fixture(name).toString());
    expect(key.hint).toBe(createHash('sha256').update(fixture(name)).digest('hex'));
    expect(key.fingerprint).toBe(createHash('sha256').update(key.spki).digest('hex'));
    expect(parseSpki(key.spki)).toEqual(key);
  });

  test('the hint of the DSSE example key is the one that model_signing computes', () => {
    const x = 46950820868899156662930047687818585632848591499744589407958293238635476079160n;
    const y = 5640078356564379163099075877009565129882514886557779369047442380624545832820n;
    const point = `04${x.toString(16).padStart(64, '0')}${y.toString(16).padStart(64, '0')}`;

    const key = publicKeyFromPoint('ecdsa-p256', Buffer.from(point, 'hex'));

    expect(key.hint).toBe('0208b83a6f7cb3a71b25443312dc3063661cd8f474cfe938f3c2568f7d465a8d');
  });

  test('text in front of the block changes neither hint nor fingerprint', () => {
    expect(parse(`Public Key Info:\n\tPublic Key Algorithm: EC/ECDSA\n\n${P256_PEM}`)).toEqual(parse(P256_PEM));
  });

  test('CRLF line ends and blanks at line ends change nothing', () => {
    expect(parse(P256_PEM.replaceAll('\n', ' \t\r\n'))).toEqual(parse(P256_PEM));
  });

  test.each([
    ['rsa.pub', /RSA keys are accepted only inside certificate chains/],
    ['p256-compressed.pub', /not an uncompressed point of the curve P-256/],
    ['p256-explicit.pub', /not a named one/],
    ['brainpool.pub', /not P-256, P-384, P-521 or secp256k1/],
    ['x25519.pub', /X25519 is for key agreement/],
    ['p256-openssh.pub', /found no PEM block/],
    ['leaf.pem', /found "CERTIFICATE"/],
    ['p256.key', /found "PRIVATE KEY"/],
  ])('%s is refused with the reason', async (name, reason) => {
    expect(await codeOf(() => parsePublicKey(fixture(name)))).toBe('KEY_INVALID');
    expect(() => parsePublicKey(fixture(name))).toThrow(reason);
  });

  test.each([
    ['an empty file', ''],
    ['a truncated block', P256_PEM.slice(0, -30)],
    ['two keys', P256_PEM + P256_PEM],
    ['text after the block', `${P256_PEM}x`],
    ['a missing base64 character', P256_PEM.replace('M', '')],
    ['another END label', P256_PEM.replace('END PUBLIC KEY', 'END PRIVATE KEY')],
    ['a header inside the block', P256_PEM.replace('KEY-----\n', 'KEY-----\nProc-Type: 4,ENCRYPTED\n')],
    ['a block in a block', P256_PEM.replace('KEY-----\n', 'KEY-----\n-----BEGIN PUBLIC KEY-----\n')],
    ['the URL-safe alphabet', P256_PEM.replace(/[A-Z](?=\n-----END)/, '-').replace(/\n[A-Za-z0-9]/, '\n_')],
    ['a byte order mark', `\ufeff${P256_PEM}`],
    ['DER instead of PEM', Buffer.from(parse(P256_PEM).spki).toString('latin1')],
  ])('%s is malformed', async (_what, text) => {
    expect(await codeOf(() => parse(text))).toBe('KEY_INVALID');
  });

  test('a file beyond one megabyte is refused before it is decoded', async () => {
    expect(await codeOf(() => parsePublicKey(Buffer.alloc(1024 * 1024 + 1, ' ')))).toBe('TOO_LARGE');
  });

  test('a megabyte of blanks is read in linear time', async () => {
    const blanks = ' '.repeat(1_000_000);
    const text = P256_PEM.replace('-----\n', `-----\n${blanks}x\n`);

    const start = performance.now();

    expect(await codeOf(() => parse(text))).toBe('KEY_INVALID');
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('bytes left over and non-minimal lengths in the DER are malformed', async () => {
    const spki = Buffer.from(parse(P256_PEM).spki);
    const trailing = Buffer.concat([spki, Buffer.of(0)]);
    const longForm = Buffer.concat([Buffer.of(0x30, 0x81, spki.length - 2), spki.subarray(2)]);
    const inner = Buffer.concat([Buffer.of(0x30, spki.length), spki.subarray(2), Buffer.of(5, 0)]);

    for (const der of [trailing, longForm, inner, spki.subarray(0, -1), Buffer.of(), Buffer.of(0x30, 0x80, 0, 0)]) {
      expect(await codeOf(() => parseSpki(der))).toBe('KEY_INVALID');
      expect(await codeOf(() => parse(encodePem('PUBLIC KEY', der)))).toBe('KEY_INVALID');
    }
  });

  test('a point off the curve is refused for every curve', async () => {
    for (const type of ECDSA_TYPES) {
      const point = Uint8Array.from(parsePublicKey(fixture(`${type.replace('ecdsa-', '')}.pub`)).raw);
      point[point.length - 1] = (point.at(-1) ?? 0) ^ 1;
      expect(await codeOf(() => publicKeyFromPoint(type, point))).toBe('KEY_INVALID');
    }
  });

  test('no flipped byte of a file makes another reading of the same key', () => {
    const bytes = fixture('p256.pub');
    const { fingerprint } = parsePublicKey(bytes);

    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const mutated = Buffer.from(bytes);
        mutated[at] = (bytes[at] ?? 0) ^ mask;
        try {
          expect(parsePublicKey(mutated).fingerprint, `byte ${at} mask ${mask}`).not.toBe(fingerprint);
        } catch (error) {
          if (!isStemmaError(error)) throw error;
          expect(error.code).toBe('KEY_INVALID');
        }
      }
    }
  });

  test('whatever the bytes, only a StemmaError is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (der) => {
        try {
          parseSpki(der);
        } catch (error) {
          expect(isStemmaError(error)).toBe(true);
        }
      }),
    );
  });

  test('the key keeps its own copy of the bytes', () => {
    const point = Buffer.from(parse(P256_PEM).raw);
    const key = publicKeyFromPoint('ecdsa-p256', point);

    point.fill(0);

    expect(key).toEqual(parse(P256_PEM));
  });
});

describe('the points', () => {
  test.each([
    ['ecdsa-p256', p256],
    ['ecdsa-p384', p384],
    ['ecdsa-p521', p521],
    ['secp256k1', secp256k1],
  ] as const)('the constants of %s are those of noble', (type, curve) => {
    const { p, n, a, b } = curve.Point.CURVE();

    expect(CURVES[type]).toMatchObject({ p, n, a, b, bytes: curve.lengths.secretKey });
    expect(isCurvePoint(CURVES[type], curve.Point.BASE.toBytes(false))).toBe(true);
  });

  test('coordinates beyond the field are refused although they are congruent to a point', () => {
    // x = 0 has a point on secp256k1's twin only; x = 1 has one on the curve, and 1 + p still fits 256 bits.
    const { p } = CURVES.secp256k1;
    const point = secp256k1.Point.fromAffine({
      x: 1n,
      y: secp256k1.Point.fromHex(`02${'1'.padStart(64, '0')}`).toAffine().y,
    });
    const honest = Buffer.from(point.toBytes(false));
    const shifted = Buffer.from(honest);
    shifted.write((p + 1n).toString(16), 1, 'hex');

    expect(isCurvePoint(CURVES.secp256k1, honest)).toBe(true);
    expect(isCurvePoint(CURVES.secp256k1, shifted)).toBe(false);
  });

  test('an Ed25519 point is strict exactly when noble reads it canonically and it is not of small order', () => {
    const strictByNoble = (bytes: Uint8Array): boolean => {
      try {
        return !ed25519.Point.fromBytes(bytes, false).isSmallOrder();
      } catch {
        return false;
      }
    };
    const near = fc
      .tuple(
        fc.constantFrom(0n, 1n, 2n ** 255n - 19n, 2n ** 255n - 1n),
        fc.integer({ min: -25, max: 25 }),
        fc.boolean(),
      )
      .map(([base, offset, sign]) => {
        const value = BigInt.asUintN(255, base + BigInt(offset)) | (sign ? 2n ** 255n : 0n);
        return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toReversed();
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), near), (bytes) => {
        expect(isStrictEd25519Point(bytes)).toBe(strictByNoble(bytes));
      }),
      { numRuns: 300 },
    );
  });

  test('all 8 points of small order, and every wrong length, are refused', () => {
    // A point of full order times the group order leaves its torsion part.
    const seen = new Set<string>();
    for (let i = 1; seen.size < 8 && i < 10_000; i++) {
      const bytes = createHash('sha256').update(String(i)).digest();
      try {
        const torsion = ed25519.Point.fromBytes(bytes, false)
          .multiplyUnsafe(ed25519.Point.Fn.ORDER - 1n)
          .add(ed25519.Point.fromBytes(bytes, false));
        seen.add(Buffer.from(torsion.toBytes()).toString('hex'));
      } catch {
        continue;
      }
    }

    expect(seen.size).toBe(8);
    for (const hex of seen) expect(isStrictEd25519Point(Buffer.from(hex, 'hex'))).toBe(false);
    expect(isStrictEd25519Point(new Uint8Array(31))).toBe(false);
    expect(isStrictEd25519Point(new Uint8Array(33))).toBe(false);
  });
});
