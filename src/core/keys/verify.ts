import { isStrictEcdsaSignature } from './ecdsa-signature.ts';
import { isStrictEd25519Encoding } from './ed25519-point.ts';
import { CURVES, type EcdsaKeyType, type SignatureHash } from './key-types.ts';
import type { PublicKey } from './public-key.ts';

export interface VerifyOptions {
  /** Another hash than the curve's own: only OMS v0.2 certificate bundles need it. Ignored for Ed25519. */
  readonly hash?: SignatureHash;
}

/**
 * The equation itself. Encodings, ranges and points have been checked before a backend is called, so that what is
 * accepted does not depend on the backend; a backend neither relaxes nor repeats those checks.
 */
export interface SignatureBackend {
  /** `signature` is strict DER with r, s in [1, n−1]; either half of the range for s must be accepted. */
  ecdsa(
    key: PublicKey & { readonly type: EcdsaKeyType },
    message: Uint8Array,
    signature: Uint8Array,
    hash: SignatureHash,
  ): boolean;
  /**
   * 64 bytes, R of a strict encoding. Must demand S < L and the equation without cofactor (RFC 8032 §5.1.7), by comparing R with
   * the encoding of what it must be: one that is no point is none.
   */
  ed25519(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean;
}

/** True when `signature` over `message` is the key's, by the one strict rule that this project has; never throws. */
export type VerifySignature = (
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  options?: VerifyOptions,
) => boolean;

/** The half of the strict rule that needs no backend: whether a signature may be looked at. That of the key made the PublicKey. */
export function isStrictSignature({ type }: PublicKey, signature: Uint8Array): boolean {
  if (type !== 'ed25519') return isStrictEcdsaSignature(CURVES[type], signature);
  return signature.length === 64 && isStrictEd25519Encoding(signature.subarray(0, 32));
}

/** The strict rule over a backend. */
export function strictVerifier(backend: SignatureBackend): VerifySignature {
  return (key, message, signature, options = {}) => {
    if (!isStrictSignature(key, signature)) return false;
    const { type } = key;
    if (type === 'ed25519') return backend.ed25519(key, message, signature);
    return backend.ecdsa({ ...key, type }, message, signature, options.hash ?? CURVES[type].hash);
  };
}
