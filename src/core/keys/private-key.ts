import { equalBytes } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { DerReader, encodeDer, encodeDerInteger, TAG } from './der.ts';
import { bigFromBytes, CURVES, type KeyType } from './key-types.ts';
import { encodeAlgorithm, readAlgorithm, readNamedCurve } from './public-key.ts';

/** A decoded private key. It must never reach an error, a report or a log. */
export interface PrivateKey {
  readonly type: KeyType;
  /** ECDSA scalar, big-endian, as long as a coordinate; or the 32-byte Ed25519 seed. */
  readonly secret: Uint8Array;
  /** The public half where the file carries one: it must be compared with the one derived from `secret`. */
  readonly claimedPublic: Uint8Array | undefined;
}

const WHAT = 'the private key';
/** RFC 5915 §3: the public key is [1] EXPLICIT; RFC 5958 §2: it is [1] IMPLICIT. */
const ONE_ASYMMETRIC_KEY_PUBLIC = 0x81;

/**
 * PKCS#8 PrivateKeyInfo (RFC 5208, RFC 5958, RFC 8410), unencrypted, without attributes.
 *
 * @throws StemmaError KEY_INVALID
 */
export function parsePkcs8(der: Uint8Array): PrivateKey {
  const outer = new DerReader(der, 'KEY_INVALID', WHAT);
  const info = outer.enter(TAG.sequence);
  outer.end();
  const version = info.integer();
  if (version > 1) throw new StemmaError('KEY_INVALID', `${WHAT} has PKCS#8 version ${version}; expected 0 or 1`);
  const type = readAlgorithm(info.enter(TAG.sequence));
  const inner = info.next(TAG.octetString);
  const claimed =
    version === 1 && info.peek() === ONE_ASYMMETRIC_KEY_PUBLIC ? info.bits(ONE_ASYMMETRIC_KEY_PUBLIC) : undefined;
  info.end();
  if (type !== 'ed25519') {
    const key = parseSec1(inner, type);
    if (claimed !== undefined && key.claimedPublic !== undefined && !equalBytes(claimed, key.claimedPublic)) {
      throw new StemmaError('KEY_INVALID', `${WHAT} carries two different public keys`);
    }
    return { ...key, claimedPublic: claimed ?? key.claimedPublic };
  }
  const octets = new DerReader(inner, 'KEY_INVALID', WHAT);
  const secret = octets.next(TAG.octetString);
  octets.end();
  if (secret.length !== 32)
    throw new StemmaError('KEY_INVALID', `${WHAT} has ${secret.length} bytes; Ed25519 expects 32`);
  return { type, secret, claimedPublic: claimed };
}

/**
 * ECPrivateKey (RFC 5915): the PEM block "EC PRIVATE KEY", where the curve is required, and the inside of PKCS#8, where
 * `expected` tells it.
 *
 * @throws StemmaError KEY_INVALID
 */
export function parseSec1(der: Uint8Array, expected?: KeyType): PrivateKey {
  const outer = new DerReader(der, 'KEY_INVALID', WHAT);
  const key = outer.enter(TAG.sequence);
  outer.end();
  const version = key.integer();
  if (version !== 1) throw new StemmaError('KEY_INVALID', `${WHAT} has EC version ${version}; expected 1`);
  const secret = key.next(TAG.octetString);
  const named = key.peek() === TAG.context0 ? readNamedCurve(key.enter(TAG.context0)) : undefined;
  const claimed = key.peek() === TAG.context1 ? key.enter(TAG.context1) : undefined;
  key.end();
  const claimedPublic = claimed?.bits();
  claimed?.end();
  const type = named ?? expected;
  if (type === undefined || type === 'ed25519' || (expected !== undefined && type !== expected)) {
    throw new StemmaError('KEY_INVALID', `${WHAT} names ${type === undefined ? 'no curve' : 'two different curves'}`);
  }
  const curve = CURVES[type];
  const scalar = bigFromBytes(secret);
  if (secret.length !== curve.bytes || scalar === 0n || scalar >= curve.n) {
    throw new StemmaError('KEY_INVALID', `${WHAT} is not a scalar of the curve ${curve.name}`);
  }
  return { type, secret, claimedPublic };
}

/**
 * PKCS#8 as OpenSSL writes it: version 0; for ECDSA with the public point inside, if given, and without repeated parameters.
 */
export function encodePkcs8(type: KeyType, secret: Uint8Array, publicPoint?: Uint8Array): Uint8Array {
  const inner = type === 'ed25519' ? encodeDer(TAG.octetString, secret) : encodeSec1(secret, publicPoint);
  return encodeDer(TAG.sequence, encodeDerInteger(0), encodeAlgorithm(type), encodeDer(TAG.octetString, inner));
}

function encodeSec1(secret: Uint8Array, publicPoint: Uint8Array | undefined): Uint8Array {
  const parts = [encodeDerInteger(1), encodeDer(TAG.octetString, secret)];
  if (publicPoint !== undefined) {
    parts.push(encodeDer(TAG.context1, encodeDer(TAG.bitString, Uint8Array.of(0), publicPoint)));
  }
  return encodeDer(TAG.sequence, ...parts);
}
