/** Bytes spelt as `\xNN`, as a part of a regular expression. */
export const HEX = String.raw`(?:\\x[0-9a-f]{2})`;

/**
 * The bytes that `\xNN\xNN…` spells, one character for each (Latin-1): a file name is bytes, and any other decoding would make
 * two names one.
 */
export function unescapeBytes(escaped: string): string {
  return Buffer.from(escaped.replaceAll(String.raw`\x`, ''), 'hex').toString('latin1');
}
