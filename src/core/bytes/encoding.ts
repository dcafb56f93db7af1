import { StemmaError } from '../errors/index.ts';

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
const HEX_VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 16; i++) HEX_VALUES[i.toString(16).charCodeAt(0)] = i;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = Uint8Array.from(ALPHABET, (char) => char.charCodeAt(0));
const PAD = '='.charCodeAt(0);
const ascii = new TextDecoder('utf-8');
const VALUES = new Int16Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;
VALUES['-'.charCodeAt(0)] = 62;
VALUES['_'.charCodeAt(0)] = 63;

/** Lower case. Joined at once: a string that is put together piece by piece takes ten times its size for as long as it is kept. */
export function hexEncode(bytes: Uint8Array): string {
  const digits: string[] = [];
  for (const byte of bytes) digits.push(HEX[byte] as string);
  return digits.join('');
}

/**
 * Lower-case hex only: upper case, odd length or any other character is malformed (`Buffer.from(…, 'hex')` truncates silently).
 *
 * @throws StemmaError ENCODING_INVALID
 */
export function decodeHex(text: string): Uint8Array {
  const out = new Uint8Array(Math.floor(text.length / 2));
  let isHex = text.length % 2 === 0;
  for (let i = 0; i < out.length; i++) {
    const high = HEX_VALUES[text.charCodeAt(2 * i)] ?? -1;
    const low = HEX_VALUES[text.charCodeAt(2 * i + 1)] ?? -1;
    if (high < 0 || low < 0) isHex = false;
    out[i] = (high << 4) | low;
  }
  if (!isHex) throw new StemmaError('ENCODING_INVALID', 'expected lower-case hexadecimal of even length');
  return out;
}

/** RFC 4648 §4: standard alphabet, padded. Written through bytes: a string built piece by piece costs fifty times its size. */
export function base64Encode(bytes: Uint8Array): string {
  const out = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const b = bytes[i + 1];
    const c = bytes[i + 2];
    const triple = ((bytes[i] as number) << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out[at++] = CODES[triple >> 18] as number;
    out[at++] = CODES[(triple >> 12) & 63] as number;
    out[at++] = b === undefined ? PAD : (CODES[(triple >> 6) & 63] as number);
    out[at++] = c === undefined ? PAD : (CODES[triple & 63] as number);
  }
  return ascii.decode(out);
}

/**
 * RFC 4648 base64 in the standard or the URL-safe alphabet (DSSE demands both), padded or not; junk, white space, mixed
 * alphabets, wrong padding and non-zero trailing bits are malformed, so that no two texts decode to the same bytes by accident.
 *
 * @throws StemmaError ENCODING_INVALID
 */
export function decodeBase64(text: string): Uint8Array {
  const bad = (why: string): StemmaError => new StemmaError('ENCODING_INVALID', `expected base64: ${why}`);
  let end = text.length;
  let padding = 0;
  while (end > 0 && text.charCodeAt(end - 1) === 61) {
    end--;
    padding++;
  }
  if (padding > 0 && (padding > 2 || text.length % 4 !== 0)) throw bad('wrong padding');
  if (end % 4 === 1) throw bad(`impossible length ${text.length}`);
  if (/[+/]/.test(text) && /[-_]/.test(text)) throw bad('standard and URL-safe alphabets are mixed');
  const out = new Uint8Array(Math.floor((end * 3) / 4));
  let at = 0;
  let accumulator = 0;
  let bits = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? (VALUES[code] as number) : -1;
    if (value < 0) throw bad(`unexpected character at ${i}`);
    accumulator = ((accumulator << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (accumulator >> bits) & 0xff;
    }
  }
  if ((accumulator & ((1 << bits) - 1)) !== 0) throw bad('non-zero trailing bits');
  return out;
}
