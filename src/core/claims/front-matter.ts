import { decodeUtf8 } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

/** Far above any card: the head of a file that may have gigabytes. */
export const MAX_FRONT_MATTER_BYTES = 256 * 1024;

/**
 * The YAML between the first line of a card, `---`, and the next such line; with or without BOM, lines ended by LF or CRLF.
 *
 * @param head the first bytes of the file, or all
 * @param isWhole whether there are no more
 * @returns undefined where the file does not begin with it
 * @throws StemmaError CARD_INVALID where it does not end, or is no UTF-8
 */
export function frontMatterOf(head: Uint8Array, isWhole: boolean): string | undefined {
  const start = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const lines = linesOf(head.subarray(start));
  const first = lines.next();
  if (first.done === true || !isFence(head, start, first.value)) return undefined;
  const from = start + first.value.next;
  for (const line of lines) {
    if (line.from + start - from > MAX_FRONT_MATTER_BYTES) break;
    if (isFence(head, start, line)) return decoded(head.subarray(from, start + line.from));
  }
  const limit = `${MAX_FRONT_MATTER_BYTES} bytes`;
  throw invalidCard(
    isWhole && head.length - from <= MAX_FRONT_MATTER_BYTES
      ? 'expected a second line "---", found none'
      : `expected a second line "---" within ${limit}, found none`,
  );
}

/** @param at JSON pointer into the front matter, or empty */
export function invalidCard(message: string, at = '', details: Readonly<Record<string, unknown>> = {}): StemmaError {
  return new StemmaError('CARD_INVALID', `the model card: ${message}${at === '' ? '' : ` (at ${at})`}`, {
    hint: 'mend the YAML at the head of README.md',
    details: { ...details, pointer: at },
  });
}

interface Line {
  readonly from: number;
  /** Without LF or CRLF. */
  readonly to: number;
  readonly next: number;
}

function* linesOf(bytes: Uint8Array): Generator<Line> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from);
    const next = end === -1 ? bytes.length : end + 1;
    const last = end === -1 ? bytes.length : end;
    yield { from, to: last > from && bytes[last - 1] === 0x0d ? last - 1 : last, next };
    from = next;
  }
}

const DASH = 0x2d;

function isFence(bytes: Uint8Array, start: number, { from, to }: Line): boolean {
  const line = bytes.subarray(start + from, start + to);
  return line.length === 3 && line.every((byte) => byte === DASH);
}

function decoded(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    if (!(cause instanceof StemmaError)) throw cause;
    throw invalidCard('expected UTF-8');
  }
}
