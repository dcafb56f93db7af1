import { stat } from 'node:fs/promises';
import path from 'node:path';
import { encodeUtf8, quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { loadSigner, type PublicKey, readPublicKey, type Signer } from '../core/keys/index.ts';
import { readNamedFile } from './named-file.ts';
import { findPassphrase, type PassphraseSources } from './passphrase.ts';

const MAX_KEY_BYTES = 64 * 1024;

/** What reading a private key needs from the command: `this.keyContext(flags['passphrase-file'])`. */
export interface KeyContext {
  readonly passphrase: PassphraseSources;
  readonly warn: (message: string) => void;
}

const isPem = (value: string): boolean => value.trimStart().startsWith('-----BEGIN');

/** The files among the values of `--key` and `--passphrase-file`: a key may also be given as text. */
export function secretFiles(...values: readonly (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined).filter((value) => !isPem(value));
}

/** What to call a key in messages and reports: a base name, never a path, and never key material. */
const labelOf = (value: string, variable: string): string => (isPem(value) ? variable : path.basename(value));

/**
 * The signer behind `--key`. In the environment (STEMMA_SIGNING_KEY) the value may be the PEM text itself; on the command
 * line it may not, because arguments are seen by every user of the machine.
 *
 * @param flag as the command calls it, and its variable
 * @throws StemmaError USAGE where there is no key; PASSPHRASE_MISSING; PASSPHRASE_WRONG; KEY_INVALID; file errors
 */
export async function loadSigningKey(
  value: string | undefined,
  argv: readonly string[],
  context: KeyContext,
  { flag, variable } = { flag: '--key', variable: 'STEMMA_SIGNING_KEY' },
): Promise<Signer> {
  if (value === undefined) {
    const hint = `give ${flag} FILE or set ${variable}; stemma key generate makes one`;
    throw new StemmaError('USAGE', 'expected a key to sign with', { hint });
  }
  if (isPem(value) && argv.some((argument) => argument.includes('-----BEGIN'))) {
    throw new StemmaError('USAGE', 'a private key is never an argument', {
      hint: `give the name of its file to ${flag}`,
    });
  }
  if (!isPem(value)) await warnIfExposed(value, context.warn);
  const pem = isPem(value) ? encodeUtf8(value) : await readNamedFile(value, 'key file', MAX_KEY_BYTES);
  return loadSigner(pem, passphraseFor(labelOf(value, variable), context));
}

/** A key that the caller trusts, and how the caller named it. */
export interface TrustedKey {
  readonly label: string;
  readonly key: PublicKey;
}

/**
 * The public keys behind a repeated `--key`, in order. Values are paths or PEM text.
 *
 * @throws StemmaError KEY_INVALID; file errors
 */
export async function loadTrustedKeys(
  values: readonly string[] | undefined,
  warn: (message: string) => void,
  variable = 'STEMMA_TRUSTED_KEYS',
): Promise<readonly TrustedKey[]> {
  const keys: TrustedKey[] = [];
  for (const value of values ?? []) {
    const label = labelOf(value, variable);
    const bytes = isPem(value) ? encodeUtf8(value) : await readNamedFile(value, 'key file', MAX_KEY_BYTES);
    const { key, fromPrivate } = readPublicKey(bytes);
    if (fromPrivate) warn(`${quote(label)} is a private key: only its public half is needed to verify`);
    keys.push({ label, key });
  }
  return keys;
}

/** The public half of any key file, asking for the passphrase of an encrypted one. */
export async function loadPublicHalf(
  file: string,
  context: KeyContext,
): Promise<{ key: PublicKey; fromPrivate: boolean }> {
  const bytes = await readNamedFile(file, 'key file', MAX_KEY_BYTES);
  if (!Buffer.from(bytes).includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')) return readPublicKey(bytes);
  const { publicKey } = await loadSigner(bytes, passphraseFor(path.basename(file), context));
  return { key: publicKey, fromPrivate: true };
}

function passphraseFor(label: string, { passphrase }: KeyContext): () => Promise<string | undefined> {
  return () => findPassphrase(passphrase, [`passphrase for ${quote(label, 60)}: `]);
}

/** A private key that others can read is no secret. */
export async function warnIfExposed(file: string, warn: (message: string) => void): Promise<void> {
  if (process.platform === 'win32') return;
  // A file that is not there is reported when it is read.
  const mode = await stat(file).then(
    ({ mode }) => mode & 0o077,
    () => 0,
  );
  if (mode !== 0) warn(`private key ${quote(path.basename(file))} can be read by other users: chmod 600 it`);
}
