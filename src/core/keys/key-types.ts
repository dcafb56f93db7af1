import { decodeHex } from '../bytes/index.ts';

export type KeyType = 'ecdsa-p256' | 'ecdsa-p384' | 'ecdsa-p521' | 'ed25519' | 'secp256k1';
export type EcdsaKeyType = Exclude<KeyType, 'ed25519'>;
export type SignatureHash = 'sha256' | 'sha384' | 'sha512';

/** A short Weierstrass curve y² = x³ + ax + b over the field of p elements, with a generator of prime order n (SEC 2). */
export interface Curve {
  readonly name: string;
  /** Contents of the named curve's OBJECT IDENTIFIER. */
  readonly oid: Uint8Array;
  /** Bytes of a coordinate, of a scalar, and of each half of a P1363 signature. */
  readonly bytes: number;
  /** The hash that signers and verifiers pair with the curve (OMS §6.6, design §4). */
  readonly hash: SignatureHash;
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly n: bigint;
}

const P256 = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const P384 = 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n;
const P521 = 2n ** 521n - 1n;

export const CURVES = {
  'ecdsa-p256': {
    name: 'P-256',
    oid: decodeHex('2a8648ce3d030107'),
    bytes: 32,
    hash: 'sha256',
    p: P256,
    a: P256 - 3n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'ecdsa-p384': {
    name: 'P-384',
    oid: decodeHex('2b81040022'),
    bytes: 48,
    hash: 'sha384',
    p: P384,
    a: P384 - 3n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  'ecdsa-p521': {
    name: 'P-521',
    oid: decodeHex('2b81040023'),
    bytes: 66,
    hash: 'sha512',
    p: P521,
    a: P521 - 3n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    n: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
  secp256k1: {
    name: 'secp256k1',
    oid: decodeHex('2b8104000a'),
    bytes: 32,
    hash: 'sha256',
    p: 2n ** 256n - 2n ** 32n - 977n,
    a: 0n,
    b: 7n,
    n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  },
} as const satisfies Record<EcdsaKeyType, Curve>;

export const ECDSA_TYPES: readonly EcdsaKeyType[] = ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'secp256k1'];

/** Contents of the algorithm OBJECT IDENTIFIERs of RFC 5480 and RFC 8410. */
export const OID_EC_PUBLIC_KEY: Uint8Array = decodeHex('2a8648ce3d0201');
export const OID_ED25519: Uint8Array = decodeHex('2b6570');

export function bigFromBytes(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/**
 * Whether bytes are an uncompressed point (SEC 1 §2.3.3) of the curve. All four curves have cofactor 1, so a point of the
 * curve that can be written down is a valid public key.
 */
export function isCurvePoint(curve: Curve, point: Uint8Array): boolean {
  if (point.length !== 1 + 2 * curve.bytes || point[0] !== 0x04) return false;
  const x = bigFromBytes(point.subarray(1, 1 + curve.bytes));
  const y = bigFromBytes(point.subarray(1 + curve.bytes));
  if (x >= curve.p || y >= curve.p) return false;
  return (y * y - (x * x * x + curve.a * x + curve.b)) % curve.p === 0n;
}
