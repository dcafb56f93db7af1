import { StemmaError } from '../../errors/index.ts';

const VERSION_LINE = 'age-encryption.org/v1\n';
const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';
/** Some 300 recipients, or 40 post-quantum ones. Each is tried with each key. */
export const MAX_HEADER_BYTES = 64 * 1024;
/** The line of the MAC, which ends the header. */
export const HEADER_END = /\n--- [^\n]*\n/;

/** Whether bytes begin as an age file does, armored or not. At least 34 bytes are needed to tell. */
export function looksEncrypted(start: Uint8Array): boolean {
  const text = asciiOf(start.subarray(0, ARMOR.length));
  return text.startsWith(VERSION_LINE) || text.startsWith(ARMOR);
}

/**
 * Looks at the header before the library does, which reads one without end.
 *
 * @param head the first bytes of the file, 64 KiB or all of it if it is shorter
 * @throws StemmaError CIPHERTEXT_INVALID
 */
export function checkHeader(head: Uint8Array, what: string): void {
  const text = asciiOf(head.subarray(0, MAX_HEADER_BYTES));
  if (text.startsWith(ARMOR)) throw invalid(`${what} is armored`, 'decode it first: age -d, or encrypt without -a');
  if (!text.startsWith(VERSION_LINE)) throw invalid(`${what} is no age file (age-encryption.org/v1)`);
  const end = HEADER_END.exec(text);
  if (end === null)
    throw invalid(
      head.length < MAX_HEADER_BYTES
        ? `${what} is cut short: its header does not end`
        : `${what} has a header of more than ${MAX_HEADER_BYTES} bytes`,
    );
  if (/^-> scrypt /m.test(text.slice(0, end.index + 1)))
    throw invalid(`${what} is encrypted with a passphrase`, 'have it encrypted to a key: age -r age1…');
}

const asciiOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const invalid = (message: string, hint?: string): StemmaError =>
  new StemmaError('CIPHERTEXT_INVALID', message, hint === undefined ? {} : { hint });
