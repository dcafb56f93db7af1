import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes } from '../bytes/index.ts';
import { bigFromBytes, type EcdsaKeyType, type SignatureHash } from './key-types.ts';
import { type SignatureBackend, strictVerifier, type VerifySignature } from './verify.ts';

const CURVE = {
  'ecdsa-p256': p256,
  'ecdsa-p384': p384,
  'ecdsa-p521': p521,
  secp256k1,
} as const satisfies Record<EcdsaKeyType, ECDSA>;
const HASH = { sha256, sha384, sha512 } as const satisfies Record<SignatureHash, (message: Uint8Array) => Uint8Array>;

const littleEndian = (bytes: Uint8Array): bigint => bigFromBytes(bytes.toReversed());

const backend = {
  ecdsa(key, message, signature, hash) {
    const digest = HASH[hash](message);
    return CURVE[key.type].verify(signature, digest, key.raw, { format: 'der', lowS: false, prehash: false });
  },

  // noble's own verify() multiplies by the cofactor and so accepts residues that OpenSSL refuses.
  ed25519(key, message, signature) {
    const { Point } = ed25519;
    const order = Point.Fn.ORDER;
    const r = signature.subarray(0, 32);
    const s = littleEndian(signature.subarray(32));
    if (s >= order) return false;
    const k = littleEndian(sha512(concatBytes(r, key.raw, message))) % order;
    const a = Point.fromBytes(key.raw, false);
    return equalBytes(Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), r);
  },
} satisfies SignatureBackend;

/** Pure JavaScript, for browsers; about a hundred times slower than {@link verifySignature} of verify-node.ts. */
export const verifySignaturePortable: VerifySignature = strictVerifier(backend);
