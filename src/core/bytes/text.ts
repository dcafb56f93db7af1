import { StemmaError } from '../errors/index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * A well-formed text in memory of its own: engines cut a string out of a text by keeping the whole text, and a name must not hold
 * the 64 MiB that it was read from.
 */
export function ownText(text: string): string {
  return decoder.decode(encoder.encode(text));
}

/**
 * Strict UTF-8: an invalid sequence or a leading byte order mark is malformed, never replaced or stripped.
 *
 * @throws StemmaError ENCODING_INVALID
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new StemmaError('ENCODING_INVALID', 'expected valid UTF-8', { cause });
  }
  if (text.charCodeAt(0) === 0xfeff) throw new StemmaError('ENCODING_INVALID', 'unexpected byte order mark');
  return text;
}

/** The order of the UTF-8 bytes of two strings, which is the order of their code points; `sort()` is UTF-16 order and differs. */
export function compareUtf8(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // A surrogate stands for a code point above U+FFFF and so sorts after every other unit.
      const xs = x >= 0xd800 && x <= 0xdfff;
      const ys = y >= 0xd800 && y <= 0xdfff;
      return xs === ys ? x - y : xs ? 1 : -1;
    }
  }
  return a.length - b.length;
}

const MAX_PRINTED = 200;
const isHarmless = (code: number): boolean =>
  code >= 0x20 &&
  !(code >= 0x7f && code <= 0x9f) &&
  // bidirectional controls, zero-width and line/paragraph separators, tags, byte order mark, lone surrogates
  !(code >= 0x200b && code <= 0x200f) &&
  !(code >= 0x2028 && code <= 0x202e) &&
  !(code >= 0x2060 && code <= 0x206f) &&
  !(code >= 0xd800 && code <= 0xdfff) &&
  !(code >= 0xe0000 && code <= 0xe0fff) &&
  code !== 0xad &&
  code !== 0x61c &&
  code !== 0xfeff;

/**
 * Makes untrusted text safe to print on one line of a terminal or a CI log: controls, bidirectional marks and lone
 * surrogates become `\x1b` or `\u{202e}`, the markers of CI log commands (`::`, `##[`) are broken, and long text is cut.
 */
export function escapeText(text: string, maxLength: number = MAX_PRINTED): string {
  let out = '';
  let count = 0;
  for (const char of text) {
    if (count++ >= maxLength) return `${out}…`;
    const code = char.codePointAt(0) as number;
    if (char === '\\') out += '\\\\';
    else if (isHarmless(code)) out += char;
    else out += code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  }
  return out.replaceAll('::', ':\\x3a').replaceAll('##[', '##\\x5b');
}

/** Untrusted text in double quotes, escaped. */
export function quote(text: string, maxLength?: number): string {
  return `"${escapeText(text, maxLength).replaceAll('"', '\\"')}"`;
}
