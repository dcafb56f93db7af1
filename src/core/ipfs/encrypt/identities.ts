import type { Decrypter } from 'age-encryption';
import { decodeUtf8 } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';

const MAX_IDENTITIES = 64;

/** Secrets to decrypt with; nothing of them is ever put into a message. */
export interface Identities {
  readonly decrypter: Decrypter;
}

/**
 * Reads an identity file as `age-keygen` writes it: a private key a line, blank lines and comments aside.
 *
 * @throws StemmaError KEY_INVALID, which names the line and nothing that is in it
 */
export async function parseIdentities(bytes: Uint8Array): Promise<Identities> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  let found = 0;
  for (const [index, line] of textOf(bytes).split(/\r?\n/).entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    if (++found > MAX_IDENTITIES) throw invalid(`an identity file has at most ${MAX_IDENTITIES} keys`);
    try {
      decrypter.addIdentity(text);
    } catch {
      // The cause is left out: the library may quote what it was given.
      throw invalid(`line ${index + 1} of the identity file is no age key (AGE-SECRET-KEY-1…)`);
    }
  }
  if (found === 0) throw invalid('the identity file has no key in it');
  return { decrypter };
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (isStemmaError(error)) throw invalid('the identity file is not text');
    throw error;
  }
}

const invalid = (message: string): StemmaError =>
  new StemmaError('KEY_INVALID', message, {
    hint: 'give the file that age-keygen -o wrote; keys with a passphrase, SSH keys and plug-ins are not supported',
  });
