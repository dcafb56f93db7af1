import { sha256 } from '@noble/hashes/sha2.js';
import { encodeUtf8, equalBytes, hexEncode } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { DerReader, encodeDer, TAG } from './der.ts';
import { isStrictEd25519Point } from './ed25519-point.ts';
import {
  CURVES,
  ECDSA_TYPES,
  type EcdsaKeyType,
  isCurvePoint,
  type KeyType,
  OID_EC_PUBLIC_KEY,
  OID_ED25519,
} from './key-types.ts';
import { describeBlocks, encodePem, type PemBlock, parsePem } from './pem.ts';

/** A public key that has been checked in full: no other code needs to look at the point again. */
export interface PublicKey {
  readonly type: KeyType;
  /** DER SubjectPublicKeyInfo (RFC 5280), in its one canonical form. */
  readonly spki: Uint8Array;
  /** Uncompressed point for ECDSA (65, 97 or 133 bytes), the 32-byte point for Ed25519. */
  readonly raw: Uint8Array;
  /** Lower-case hex SHA-256 of `spki`: the name that reports give the key. */
  readonly fingerprint: string;
  /** OMS hint: lower-case hex SHA-256 of `pem`. */
  readonly hint: string;
  /** SPKI as PEM, 64 columns, LF, final newline. */
  readonly pem: string;
}

/**
 * Reads one PEM "PUBLIC KEY"; text before the block is allowed.
 *
 * @throws StemmaError KEY_INVALID for anything else: RSA and other unsupported types, compressed or explicit curve
 * parameters, a point off the curve, a non-canonical or small-order Ed25519 point; TOO_LARGE
 */
export function parsePublicKey(pem: Uint8Array): PublicKey {
  const blocks = parsePem(pem, 'KEY_INVALID', 'the public key');
  const [block] = blocks;
  if (block === undefined || blocks.length > 1 || block.label !== 'PUBLIC KEY') throw notAPublicKey(blocks, pem);
  return parseSpki(block.der);
}

/**
 * @param spki DER SubjectPublicKeyInfo, hostile
 * @throws StemmaError KEY_INVALID
 */
export function parseSpki(spki: Uint8Array): PublicKey {
  const outer = new DerReader(spki, 'KEY_INVALID', 'the public key');
  const info = outer.enter(TAG.sequence);
  outer.end();
  const type = readAlgorithm(info.enter(TAG.sequence));
  const raw = info.bits();
  info.end();
  return publicKeyFromPoint(type, raw);
}

/**
 * @param raw uncompressed ECDSA point or Ed25519 point
 * @throws StemmaError KEY_INVALID when the point is not a valid public key of the type
 */
export function publicKeyFromPoint(type: KeyType, raw: Uint8Array): PublicKey {
  if (type === 'ed25519') {
    if (!isStrictEd25519Point(raw)) {
      throw new StemmaError('KEY_INVALID', 'the Ed25519 public key is not a canonical point of large order');
    }
  } else if (!isCurvePoint(CURVES[type], raw)) {
    throw new StemmaError(
      'KEY_INVALID',
      `the public key is not an uncompressed point of the curve ${CURVES[type].name}`,
      {
        hint: 'convert a compressed key with `openssl ec -pubin -in KEY -conv_form uncompressed`',
      },
    );
  }
  // Not slice(): a Buffer would share its memory with the caller.
  const own = Uint8Array.from(raw);
  const spki = encodeDer(TAG.sequence, encodeAlgorithm(type), encodeDer(TAG.bitString, Uint8Array.of(0), own));
  const pem = encodePem('PUBLIC KEY', spki);
  return {
    type,
    spki,
    raw: own,
    fingerprint: hexEncode(sha256(spki)),
    hint: hexEncode(sha256(encodeUtf8(pem))),
    pem,
  };
}

/** AlgorithmIdentifier of RFC 5480 (named curve) or RFC 8410 (no parameters). */
export function encodeAlgorithm(type: KeyType): Uint8Array {
  if (type === 'ed25519') return encodeDer(TAG.sequence, encodeDer(TAG.oid, OID_ED25519));
  const parts = [encodeDer(TAG.oid, OID_EC_PUBLIC_KEY), encodeDer(TAG.oid, CURVES[type].oid)];
  return encodeDer(TAG.sequence, ...parts);
}

/**
 * Reads the contents of an AlgorithmIdentifier to its end.
 *
 * @throws StemmaError KEY_INVALID, naming the reason where the algorithm is a known one that is refused
 */
export function readAlgorithm(algorithm: DerReader): KeyType {
  const oid = algorithm.next(TAG.oid);
  if (equalBytes(oid, OID_ED25519)) {
    algorithm.end();
    return 'ed25519';
  }
  if (!equalBytes(oid, OID_EC_PUBLIC_KEY)) throw unsupported(REFUSED[hexEncode(oid)] ?? 'its algorithm is unknown');
  return readNamedCurve(algorithm);
}

/**
 * Reads ECParameters (RFC 5480 §2.1.1) to the end; explicit parameters are refused, since they can forge a generator.
 *
 * @throws StemmaError KEY_INVALID
 */
export function readNamedCurve(parameters: DerReader): EcdsaKeyType {
  if (parameters.peek() !== TAG.oid) throw unsupported('its curve is not a named one');
  const curve = parameters.next(TAG.oid);
  parameters.end();
  const type = ECDSA_TYPES.find((name) => equalBytes(CURVES[name].oid, curve));
  if (type === undefined) throw unsupported('its curve is not P-256, P-384, P-521 or secp256k1');
  return type;
}

const RSA = 'RSA keys are accepted only inside certificate chains';
const REFUSED: Readonly<Record<string, string>> = {
  '2a864886f70d010101': RSA,
  '2a864886f70d01010a': RSA,
  '2a8648ce380401': 'DSA is obsolete',
  '2b656e': 'X25519 is for key agreement, not for signatures',
  '2b656f': 'X448 is for key agreement, not for signatures',
  '2b6571': 'Ed448 is not supported',
};

function unsupported(why: string): StemmaError {
  return new StemmaError('KEY_INVALID', `the key cannot be used: ${why}`, {
    hint: 'use ECDSA P-256 (`stemma key generate`), P-384, P-521, Ed25519 or secp256k1',
  });
}

const SSH = /^(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)/;

function notAPublicKey(blocks: readonly PemBlock[], bytes: Uint8Array): StemmaError {
  const labels = blocks.map((block) => block.label);
  const found = blocks.length > 1 ? `${blocks.length} blocks (${describeBlocks(blocks)})` : describeBlocks(blocks);
  let hint = 'expected one PEM block "PUBLIC KEY", as `stemma key generate` writes it';
  if (labels.includes('CERTIFICATE')) hint = 'a certificate is trusted through --cert-chain, not as a key';
  else if (labels.some((label) => label.endsWith('PRIVATE KEY')))
    hint = 'extract the public half with `openssl pkey -pubout`';
  else if (SSH.test(String.fromCharCode(...bytes.subarray(0, 16))))
    hint = 'convert an OpenSSH key with `ssh-keygen -e -m pkcs8`';
  return new StemmaError('KEY_INVALID', `expected one PEM block "PUBLIC KEY", found ${found}`, { hint });
}
