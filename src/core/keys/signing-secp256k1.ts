import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { SigningAlgorithm } from './signing-algorithm.ts';

/** RFC 6979 over SHA-256, with the smaller S that wallets and contracts insist on. */
export const secp256k1Signing: SigningAlgorithm = {
  newSecret: () => secp256k1.utils.randomSecretKey(),
  publicPoint: (secret) => secp256k1.getPublicKey(secret, false),
  sign: (message, secret) => secp256k1.sign(message, secret, { format: 'der', lowS: true, extraEntropy: false }),
};
