import { createPrivateKey, createPublicKey } from 'node:crypto';
import { equalBytes } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { decryptPkcs8, wrongPassphrase } from './pbes2.ts';
import { describeBlocks, type PemBlock, parsePem } from './pem.ts';
import { encodePkcs8, type PrivateKey, parsePkcs8, parseSec1 } from './private-key.ts';
import { type PublicKey, parsePublicKey, parseSpki } from './public-key.ts';
import { type Signer, signerFrom } from './signer.ts';

/** A passphrase, or how to ask for one: called only when the key turns out to be encrypted. */
export type PassphraseSource = string | undefined | (() => Promise<string | undefined>);

const ENCRYPTED = 'ENCRYPTED PRIVATE KEY';
const PRIVATE_LABELS: readonly string[] = ['PRIVATE KEY', 'EC PRIVATE KEY', ENCRYPTED];

/**
 * Makes a signer of a private key file: PKCS#8, plain or encrypted (PBES2), or SEC1 "EC PRIVATE KEY".
 *
 * @throws StemmaError KEY_INVALID; PASSPHRASE_MISSING when the key is encrypted and no passphrase was given;
 * PASSPHRASE_WRONG; TOO_LARGE
 */
export async function loadSigner(pem: Uint8Array, passphrase: PassphraseSource): Promise<Signer> {
  const block = privateBlock(parsePem(pem, 'KEY_INVALID', 'the private key'));
  if (block.label !== ENCRYPTED) return signerFrom(parsePlain(block));
  const given = typeof passphrase === 'function' ? await passphrase() : passphrase;
  if (given === undefined) {
    throw new StemmaError('PASSPHRASE_MISSING', 'the private key is encrypted and no passphrase was given', {
      hint: 'set STEMMA_PASSPHRASE or give --passphrase-file',
    });
  }
  const pkcs8 = await decryptPkcs8(block.der, given);
  try {
    return await signerFrom(parsePkcs8(pkcs8));
  } catch {
    // Garbage that happened to be padded well: its parse error would speak of bytes nobody wrote.
    throw wrongPassphrase();
  }
}

/**
 * Reads the public key out of a key file for verifying: a "PUBLIC KEY", or the public half of an unencrypted private key.
 *
 * @returns `fromPrivate: true` when the file held a private key, which deserves a warning (attack row 26)
 * @throws StemmaError KEY_INVALID, also for an encrypted private key: verifying never asks for a passphrase; TOO_LARGE
 */
export function readPublicKey(bytes: Uint8Array): { readonly key: PublicKey; readonly fromPrivate: boolean } {
  const blocks = parsePem(bytes, 'KEY_INVALID', 'the key');
  if (!blocks.some(({ label }) => PRIVATE_LABELS.includes(label))) {
    return { key: parsePublicKey(bytes), fromPrivate: false };
  }
  const block = privateBlock(blocks);
  if (block.label === ENCRYPTED) {
    throw new StemmaError('KEY_INVALID', 'expected a public key, found an encrypted private key', {
      hint: 'give the .pub file, or extract it with `openssl pkey -pubout` or `stemma key show`',
    });
  }
  return { key: derivePublicKey(parsePlain(block)), fromPrivate: true };
}

function parsePlain({ label, der }: PemBlock): PrivateKey {
  return label === 'EC PRIVATE KEY' ? parseSec1(der) : parsePkcs8(der);
}

function privateBlock(blocks: readonly PemBlock[]): PemBlock {
  // `openssl ecparam -genkey` writes the parameters a second time, in front.
  const keys = blocks.filter(({ label }) => label !== 'EC PARAMETERS');
  const [block] = keys;
  if (block !== undefined && keys.length === 1 && PRIVATE_LABELS.includes(block.label)) return block;
  throw new StemmaError('KEY_INVALID', `expected one PEM block "PRIVATE KEY", found ${describeBlocks(blocks)}`, {
    hint: keys.some(({ label }) => label === 'OPENSSH PRIVATE KEY')
      ? 'convert an OpenSSH key with `ssh-keygen -p -m PKCS8 -f KEY`'
      : 'expected PKCS#8, as `stemma key generate` and `openssl genpkey` write it',
  });
}

/** Without the curve code of {@link signerFrom}, so that verifying stays fast to start. */
function derivePublicKey(key: PrivateKey): PublicKey {
  const der = Buffer.from(encodePkcs8(key.type, key.secret));
  const handle = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  const publicKey = parseSpki(handle.export({ format: 'der', type: 'spki' }));
  if (key.claimedPublic !== undefined && !equalBytes(key.claimedPublic, publicKey.raw)) {
    throw new StemmaError('KEY_INVALID', 'the public key inside the private key file belongs to another key');
  }
  return publicKey;
}
