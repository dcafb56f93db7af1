import type { Encrypter } from 'age-encryption';
import { quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';

/** Each costs a stanza in the header, of which readers take 64 KiB. */
const MAX_RECIPIENTS = 32;

/** Who will be able to read, each once. Made by `parseRecipients`. */
export interface Recipients {
  readonly count: number;
  /** Of the library; it holds no secret. */
  readonly encrypter: Encrypter;
}

/**
 * Reads age recipients: `age1…` as `age-keygen` prints them, the post-quantum `age1pq1…` among them. A passphrase and SSH keys are no
 * recipients here.
 *
 * @throws StemmaError USAGE; a private key that was given in place of a recipient is not repeated
 */
export async function parseRecipients(texts: readonly string[]): Promise<Recipients> {
  const distinct = [...new Set(texts.map((text) => text.trim()))];
  if (distinct.length === 0) throw new StemmaError('USAGE', 'expected a recipient to encrypt to, found none');
  if (distinct.length > MAX_RECIPIENTS)
    throw new StemmaError('USAGE', `expected at most ${MAX_RECIPIENTS} recipients, found ${distinct.length}`);
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const text of distinct) {
    if (/secret-key/i.test(text)) {
      throw new StemmaError('USAGE', 'a private key was given as a recipient', {
        hint: 'other users of this machine may have seen it: make a new one, and give what age-keygen -y prints of it',
      });
    }
    try {
      encrypter.addRecipient(text);
    } catch (cause) {
      throw new StemmaError('USAGE', `expected an age recipient (age1…), found ${quote(text, 80)}`, {
        cause,
        hint: 'age-keygen -y prints the recipient of a key; SSH keys and plug-ins are not supported',
      });
    }
  }
  return { count: distinct.length, encrypter };
}
