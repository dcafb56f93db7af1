import { equalBytes } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { KeyType } from './key-types.ts';
import type { PrivateKey } from './private-key.ts';
import { type PublicKey, publicKeyFromPoint } from './public-key.ts';
import type { SigningAlgorithm } from './signing-algorithm.ts';

/** Something that signs. Every signer passes test/contracts/signer.contract.ts. */
export interface Signer {
  readonly publicKey: PublicKey;
  /**
   * Signs the message itself, not a digest of it. Equal messages give equal signatures. ECDSA signatures are DER over
   * the hash of the curve, Ed25519 signatures the 64 bytes of RFC 8032.
   */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** The curve code is loaded when something is signed or generated, so that verifying starts without it. */
const LOADERS = {
  'ecdsa-p256': () => import('./signing-ecdsa.ts').then((module) => module.p256Signing),
  'ecdsa-p384': () => import('./signing-ecdsa.ts').then((module) => module.p384Signing),
  'ecdsa-p521': () => import('./signing-ecdsa.ts').then((module) => module.p521Signing),
  secp256k1: () => import('./signing-secp256k1.ts').then((module) => module.secp256k1Signing),
  ed25519: () => import('./signing-ed25519.ts').then((module) => module.ed25519Signing),
} as const satisfies Record<KeyType, () => Promise<SigningAlgorithm>>;

/** The key types that can be generated, signed with and verified, in the order in which help lists them. */
export const KEY_TYPES: readonly KeyType[] = ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'ed25519', 'secp256k1'];

export function signingAlgorithm(type: KeyType): Promise<SigningAlgorithm> {
  return LOADERS[type]();
}

/** @throws StemmaError KEY_INVALID when the public key that the file claims is not that of its secret */
export async function signerFrom(key: PrivateKey): Promise<Signer> {
  const { type, secret } = key;
  const algorithm = await signingAlgorithm(type);
  const publicKey = publicKeyFromPoint(type, algorithm.publicPoint(secret));
  if (key.claimedPublic !== undefined && !equalBytes(key.claimedPublic, publicKey.raw)) {
    throw new StemmaError('KEY_INVALID', 'the public key inside the private key file belongs to another key');
  }
  return { publicKey, sign: async (message) => algorithm.sign(message, secret) };
}
