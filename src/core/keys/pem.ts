import { base64Encode, decodeBase64, decodeUtf8, quote } from '../bytes/index.ts';
import { type ErrorCode, StemmaError } from '../errors/index.ts';

/** Key and certificate files are a few kilobytes; a chain of CA certificates may reach some hundred. */
const MAX_BYTES = 1024 * 1024;
const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*$/;

export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

/**
 * The blocks of a PEM file (RFC 7468), in order. Text before a block is allowed, as certtool and `openssl x509 -text`
 * write it; after the last block only white space is, and inside a block nothing but base64.
 *
 * @throws StemmaError TOO_LARGE, or `code` when the text is not UTF-8 or a block is damaged. An error never holds the
 * text of a line: it may be a private key's.
 */
export function parsePem(bytes: Uint8Array, code: ErrorCode, what: string): PemBlock[] {
  if (bytes.length > MAX_BYTES) {
    throw new StemmaError('TOO_LARGE', `${what} has ${bytes.length} bytes; at most ${MAX_BYTES} are read`);
  }
  const bad = (why: string, line: number): StemmaError =>
    new StemmaError(code, `${what} is not PEM: ${why} (line ${line + 1})`, { details: { line: line + 1 } });
  const lines = asText(bytes, code, what).split(/\r?\n/);
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly start: number } | undefined;
  let stray: number | undefined;
  for (const [at, line] of lines.entries()) {
    const dashes = line.startsWith('-----');
    if (open !== undefined) {
      if (!dashes) continue;
      if (trimBlanks(line) !== `-----END ${open.label}-----`) throw bad(`expected "-----END ${open.label}-----"`, at);
      const { label, start } = open;
      blocks.push({ label, der: decodeBody(lines.slice(start, at), (why) => bad(why, start)) });
      open = undefined;
      stray = undefined;
      continue;
    }
    const label = BEGIN.exec(line)?.[1];
    if (label !== undefined) open = { label, start: at + 1 };
    else if (dashes) throw bad('expected a "-----BEGIN …-----" line', at);
    else if (/[^ \t]/.test(line)) stray = at;
  }
  if (open !== undefined) throw bad(`expected "-----END ${open.label}-----"`, lines.length - 1);
  if (blocks.length > 0 && stray !== undefined) throw bad('unexpected text after the last block', stray);
  return blocks;
}

function asText(bytes: Uint8Array, code: ErrorCode, what: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new StemmaError(code, `${what} is not PEM: expected UTF-8 text`, { cause });
  }
}

/** A loop, because the obvious regular expression takes quadratic time on a hostile line of blanks. */
function trimBlanks(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ' || line[end - 1] === '\t') end--;
  return line.slice(0, end);
}

function decodeBody(lines: readonly string[], bad: (why: string) => StemmaError): Uint8Array {
  if (lines[0]?.includes(':') === true) throw bad('headers inside a block are not supported, as in old OpenSSL keys');
  const text = lines.map(trimBlanks).join('');
  // PEM is padded and knows only the standard alphabet; decodeBase64 alone would take others.
  if (text.length === 0 || text.length % 4 !== 0 || /[-_]/.test(text)) throw bad('expected base64');
  try {
    return decodeBase64(text);
  } catch {
    throw bad('expected base64');
  }
}

/** RFC 7468 as every tool writes it: 64 columns, LF, a final newline. The OMS hint is a digest of exactly this text. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = base64Encode(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The labels found, for messages: `"CERTIFICATE"`, `"A" and "B"`, or `no PEM block`. */
export function describeBlocks(blocks: readonly PemBlock[]): string {
  if (blocks.length === 0) return 'no PEM block';
  return [...new Set(blocks.map((block) => quote(block.label, 64)))].join(' and ');
}
