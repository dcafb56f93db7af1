import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { decodeHex, encodeUtf8, hexEncode } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { DerReader, encodeDer, encodeDerInteger, TAG } from './der.ts';

const WHAT = 'the encrypted private key';
/** OWASP's figure of 2023 for PBKDF2-HMAC-SHA-256 (design §4); OpenSSL's default of 2,048 is no obstacle to guessing. */
const WRITTEN_ROUNDS = 600_000;
/** The number stands in the file, so whoever wrote the file chooses how long we compute: this is some seconds. */
const MAX_ROUNDS = 10_000_000;

/** Contents of the OBJECT IDENTIFIERs of RFC 8018, in hex. */
const OID_PBES2 = '2a864886f70d01050d';
const OID_PBKDF2 = '2a864886f70d01050c';
const OID_SCRYPT = '2b06010401da47040b';
const HMAC_SHA256 = '2a864886f70d0209';
const AES_256_CBC = '60864801650304012a';

const HMACS: Readonly<Record<string, string>> = {
  '2a864886f70d0207': 'sha1',
  [HMAC_SHA256]: 'sha256',
  '2a864886f70d020a': 'sha384',
  '2a864886f70d020b': 'sha512',
};
const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  '608648016503040102': { name: 'aes-128-cbc', keyBytes: 16 },
  '608648016503040116': { name: 'aes-192-cbc', keyBytes: 24 },
  [AES_256_CBC]: { name: 'aes-256-cbc', keyBytes: 32 },
};

const derive = promisify(pbkdf2);

interface Pbes2 {
  readonly salt: Uint8Array;
  readonly rounds: number;
  readonly hash: string;
  readonly cipher: { readonly name: string; readonly keyBytes: number };
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/**
 * Decrypts an EncryptedPrivateKeyInfo (RFC 5958 §3) under PBES2 with PBKDF2 and AES-CBC (RFC 8018 §6.2).
 *
 * @returns the plaintext, which under a wrong passphrase is garbage with probability 1/256 rather than an error
 * @throws StemmaError KEY_INVALID for other schemes, damaged parameters and absurd work factors, PASSPHRASE_WRONG
 */
export async function decryptPkcs8(der: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const { salt, rounds, hash, cipher, iv, ciphertext } = parseEncrypted(der);
  const key = await derive(encodeUtf8(passphrase), salt, rounds, cipher.keyBytes, hash);
  const decipher = createDecipheriv(cipher.name, key, iv);
  try {
    return Uint8Array.from(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  } catch {
    throw wrongPassphrase();
  }
}

/** One error for every way in which a decrypted key turns out to be none: which one it was would help only a guesser. */
export function wrongPassphrase(): StemmaError {
  return new StemmaError(
    'PASSPHRASE_WRONG',
    'the passphrase does not open the private key, or the key file is damaged',
  );
}

/** Encrypts PKCS#8 with PBKDF2-HMAC-SHA-256, 600,000 rounds, and AES-256-CBC: what OpenSSL and Python `cryptography` read. */
export async function encryptPkcs8(pkcs8: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv(
    'aes-256-cbc',
    await derive(encodeUtf8(passphrase), salt, WRITTEN_ROUNDS, 32, 'sha256'),
    iv,
  );
  const ciphertext = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
  const oid = (hex: string): Uint8Array => encodeDer(TAG.oid, decodeHex(hex));
  const hmac = encodeDer(TAG.sequence, oid(HMAC_SHA256), encodeDer(TAG.null));
  const kdf = encodeDer(TAG.sequence, encodeDer(TAG.octetString, salt), encodeDerInteger(WRITTEN_ROUNDS), hmac);
  const parameters = encodeDer(
    TAG.sequence,
    encodeDer(TAG.sequence, oid(OID_PBKDF2), kdf),
    encodeDer(TAG.sequence, oid(AES_256_CBC), encodeDer(TAG.octetString, iv)),
  );
  const algorithm = encodeDer(TAG.sequence, oid(OID_PBES2), parameters);
  return encodeDer(TAG.sequence, algorithm, encodeDer(TAG.octetString, ciphertext));
}

function parseEncrypted(der: Uint8Array): Pbes2 {
  const outer = new DerReader(der, 'KEY_INVALID', WHAT);
  const info = outer.enter(TAG.sequence);
  outer.end();
  const algorithm = info.enter(TAG.sequence);
  const ciphertext = info.next(TAG.octetString);
  info.end();
  if (hexEncode(algorithm.next(TAG.oid)) !== OID_PBES2) throw unsupported('its scheme is not PBES2');
  const parameters = algorithm.enter(TAG.sequence);
  algorithm.end();
  const kdf = parameters.enter(TAG.sequence);
  const encryption = parameters.enter(TAG.sequence);
  parameters.end();
  const cipher = CIPHERS[hexEncode(encryption.next(TAG.oid))];
  if (cipher === undefined) throw unsupported('its cipher is not AES-CBC');
  const iv = encryption.next(TAG.octetString);
  encryption.end();
  if (iv.length !== 16) throw unsupported(`its initialisation vector has ${iv.length} bytes; expected 16`);
  return { ...parsePbkdf2(kdf, cipher.keyBytes), cipher, iv, ciphertext };
}

function parsePbkdf2(algorithm: DerReader, keyBytes: number): Pick<Pbes2, 'salt' | 'rounds' | 'hash'> {
  const scheme = hexEncode(algorithm.next(TAG.oid));
  if (scheme === OID_SCRYPT) throw unsupported('its key derivation is scrypt');
  if (scheme !== OID_PBKDF2) throw unsupported('its key derivation is not PBKDF2');
  const parameters = algorithm.enter(TAG.sequence);
  algorithm.end();
  const salt = parameters.next(TAG.octetString);
  const rounds = parameters.integer();
  if (parameters.peek() === TAG.integer && parameters.integer() !== keyBytes) {
    throw unsupported('its key length does not fit its cipher');
  }
  const prf = parameters.peek() === TAG.sequence ? parameters.enter(TAG.sequence) : undefined;
  parameters.end();
  // RFC 8018 §A.2: HMAC-SHA-1 is the default of the absent field.
  let hash: string | undefined = 'sha1';
  if (prf !== undefined) {
    hash = HMACS[hexEncode(prf.next(TAG.oid))];
    if (prf.next(TAG.null).length !== 0) throw unsupported('its HMAC has parameters');
    prf.end();
  }
  if (hash === undefined) throw unsupported('its HMAC is not over SHA-1 or SHA-2');
  if (rounds < 1 || rounds > MAX_ROUNDS)
    throw unsupported(`it asks for ${rounds} key-derivation rounds; at most ${MAX_ROUNDS}`);
  return { salt, rounds, hash };
}

function unsupported(why: string): StemmaError {
  return new StemmaError('KEY_INVALID', `${WHAT} cannot be read: ${why}`, {
    hint: 'convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000`',
  });
}
