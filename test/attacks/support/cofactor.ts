import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes } from '../../../src/core/bytes/index.ts';
import { ED25519_ORDER, littleEndian } from './ecdsa.ts';
import { keyFile } from './keys.ts';

const { Point } = ed25519;
/** A point of order 8. */
const TORSION = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');

const scalar = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
const sha512 = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(
    createHash('sha512')
      .update(concatBytes(...parts))
      .digest(),
  );

/**
 * An Ed25519 signature whose R has a component of order 8: the equation of RFC 8032 holds after multiplying by the cofactor and
 * not before, so that verifiers of the two kinds disagree on it.
 *
 * @param torsion false gives the sound signature with the same nonce, to show that the rest is right
 */
export function cofactorSignature(message: Uint8Array, torsion: boolean): Uint8Array {
  const key = createPrivateKey(readFileSync(keyFile('ed25519.key'))).export({ format: 'der', type: 'pkcs8' });
  const secret = sha512(key.subarray(-32)).subarray(0, 32);
  secret[0] = (secret[0] ?? 0) & 248;
  secret[31] = ((secret[31] ?? 0) & 63) | 64;
  const a = scalar(secret) % ED25519_ORDER;
  const nonce = 12_345n;
  const sound = Point.BASE.multiply(nonce);
  const r = (torsion ? sound.add(TORSION) : sound).toBytes();
  const k = scalar(sha512(r, Point.BASE.multiply(a).toBytes(), message)) % ED25519_ORDER;
  return concatBytes(r, littleEndian((nonce + k * a) % ED25519_ORDER));
}
