import { bigFromBytes, CURVES, type Curve } from './key-types.ts';
import type { PublicKey } from './public-key.ts';

/**
 * Whether bytes are a strict DER `SEQUENCE { INTEGER r, INTEGER s }` (RFC 3279 §2.2.3) with r and s in [1, n−1] and
 * nothing else: no BER lengths, no superfluous zeros, no negative numbers, no trailing bytes. Either half of the range
 * is accepted for s, because KMS and OpenSSL produce both.
 */
export function isStrictEcdsaSignature(curve: Curve, signature: Uint8Array): boolean {
  let at = 0;
  // A signature for P-521 has at most 139 bytes, so a length takes one byte, or 0x81 and one byte of at least 0x80.
  const length = (): number => {
    const first = signature[at++] ?? 0xff;
    if (first < 0x80) return first;
    const second = signature[at++] ?? 0;
    return first === 0x81 && second >= 0x80 ? second : Number.NaN;
  };
  const integer = (): boolean => {
    if (signature[at++] !== 0x02) return false;
    const size = length();
    const bytes = signature.subarray(at, at + size);
    at += size;
    const [first, second] = bytes;
    if (first === undefined || bytes.length !== size || size > curve.bytes + 1) return false;
    if (first >= 0x80 || (first === 0 && (second ?? 0) < 0x80)) return false;
    const value = bigFromBytes(bytes);
    return value > 0n && value < curve.n;
  };
  if (signature[at++] !== 0x30 || length() !== signature.length - at) return false;
  return integer() && integer() && at === signature.length;
}

/**
 * Whether a signature that the key refused has the length of a raw r‖s pair (IEEE P1363) and is no DER: only for the hint
 * that the signer chose the wrong encoding (attack row 20), never for acceptance.
 */
export function looksLikeP1363(key: PublicKey, signature: Uint8Array): boolean {
  if (key.type === 'ed25519') return false;
  const curve = CURVES[key.type];
  return signature.length === 2 * curve.bytes && !isStrictEcdsaSignature(curve, signature);
}
