import { StemmaError } from '../errors/index.ts';
import type { KeyType } from './key-types.ts';
import { encryptPkcs8 } from './pbes2.ts';
import { encodePem } from './pem.ts';
import { encodePkcs8 } from './private-key.ts';
import { type PublicKey, publicKeyFromPoint } from './public-key.ts';
import { signingAlgorithm } from './signer.ts';

export interface GeneratedKey {
  /** PKCS#8; encrypted when a passphrase was given. */
  readonly privatePem: string;
  readonly publicPem: string;
  readonly publicKey: PublicKey;
}

/**
 * Makes a key from the system's randomness, as PKCS#8 for OpenSSL and Python `cryptography` too.
 *
 * @param passphrase undefined leaves the private key unencrypted
 * @throws StemmaError PASSPHRASE_MISSING for an empty passphrase, which would only look like protection
 */
export async function generateKey(type: KeyType, passphrase: string | undefined): Promise<GeneratedKey> {
  if (passphrase === '') throw new StemmaError('PASSPHRASE_MISSING', 'the passphrase is empty');
  const algorithm = await signingAlgorithm(type);
  const secret = algorithm.newSecret();
  const publicKey = publicKeyFromPoint(type, algorithm.publicPoint(secret));
  const pkcs8 = encodePkcs8(type, secret, publicKey.raw);
  const privatePem =
    passphrase === undefined
      ? encodePem('PRIVATE KEY', pkcs8)
      : encodePem('ENCRYPTED PRIVATE KEY', await encryptPkcs8(pkcs8, passphrase));
  return { privatePem, publicPem: publicKey.pem, publicKey };
}
