/** What may stand after a backslash in a string, `u` aside (RFC 8259 §7). */
export const ESCAPED: ReadonlySet<string> = new Set(['"', '\\', '/', 'b', 'f', 'n', 'r', 't']);

/** Digits that a double holds exactly, whichever they are. */
const SHORT_DIGITS = 15;

/** The end of the characters from `start` on that stand for themselves in a string (RFC 8259 §7). */
export function plainEnd(text: string, start: number): number {
  let end = start;
  for (;;) {
    const code = text.charCodeAt(end);
    // At the end of the text the code is NaN.
    if (!(code >= 0x20) || code === 0x22 || code === 0x5c) return end;
    end++;
  }
}

/** The end of a number of 1 to 15 digits and nothing else, as most are; undefined for any other, and for what is none. */
export function shortIntegerEnd(text: string, start: number): number | undefined {
  let end = start;
  while (end - start <= SHORT_DIGITS && isDigit(text.charCodeAt(end))) end++;
  const count = end - start;
  const next = text.charCodeAt(end);
  const goesOn = next === 0x2e || next === 0x45 || next === 0x65;
  const leadsWithZero = count > 1 && text.charCodeAt(start) === 0x30;
  return count === 0 || count > SHORT_DIGITS || goesOn || leadsWithZero ? undefined : end;
}

/** The value of the digits in `[start, end)`. */
export function integerIn(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = 10 * value + (text.charCodeAt(at) - 0x30);
  return value;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
