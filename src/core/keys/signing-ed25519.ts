import { ed25519 } from '@noble/curves/ed25519.js';
import type { SigningAlgorithm } from './signing-algorithm.ts';

/** RFC 8032 Ed25519, which is deterministic by itself. */
export const ed25519Signing: SigningAlgorithm = {
  newSecret: () => ed25519.utils.randomSecretKey(),
  publicPoint: (secret) => ed25519.getPublicKey(secret),
  sign: (message, secret) => ed25519.sign(message, secret),
};
