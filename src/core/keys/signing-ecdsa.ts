import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import type { SigningAlgorithm } from './signing-algorithm.ts';

/** Bits of a window: a process signs a few times, and a table for larger windows takes longer to make than it then saves. */
const WINDOW = 4;

/**
 * RFC 6979 signatures with the hash of the curve. S is left as it comes, as the RFC's own vectors have it; halving it is
 * a rule of blockchains, not of these curves.
 */
function nistSigning(curve: ECDSA): SigningAlgorithm {
  curve.Point.BASE.precompute(WINDOW);
  return {
    newSecret: () => curve.utils.randomSecretKey(),
    publicPoint: (secret) => curve.getPublicKey(secret, false),
    sign: (message, secret) => curve.sign(message, secret, { format: 'der', lowS: false, extraEntropy: false }),
  };
}

export const p256Signing: SigningAlgorithm = nistSigning(p256);
export const p384Signing: SigningAlgorithm = nistSigning(p384);
export const p521Signing: SigningAlgorithm = nistSigning(p521);
