import { base64Encode, concatBytes, decodeBase64, decodeUtf8, encodeUtf8, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';

/** One signature line of a note. Nothing here says that it is genuine. */
export interface NoteSignature {
  /** Who is said to have signed: the name of a key; untrusted text. */
  readonly name: string;
  /** Four bytes that tell keys of one name apart. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A C2SP signed note: text, an empty line, signature lines. */
export interface SignedNote {
  /** With its final newline: what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A checkpoint has about 200 bytes, and each signature line about 200 more. */
export const MAX_NOTE_BYTES = 64 * 1024;
/** A reader must take 16 (C2SP signed-note). */
const MAX_SIGNATURES = 64;

/** What begins a signature line: em dash, space. */
export const SIGNATURE_MARK = '\u2014 ';
const KEY_ID_BYTES = 4;
const NOT_IN_A_NAME = /[\p{White_Space}\p{Cc}+]/u;

/** Whether a key may have this name: not empty, no white space, no plus sign (C2SP signed-note). */
export function isKeyName(name: string): boolean {
  return name !== '' && !NOT_IN_A_NAME.test(name) && name.isWellFormed();
}

/**
 * Reads one whole signed note. Hostile: size, UTF-8, control characters, names, base64 and the number of signatures are
 * checked here; whose signatures they are is for `openNote` to say.
 *
 * @throws StemmaError CHECKPOINT_INVALID
 */
export function parseNote(bytes: Uint8Array): SignedNote {
  if (bytes.length > MAX_NOTE_BYTES) throw bad(`expected at most ${MAX_NOTE_BYTES} bytes, found ${bytes.length}`);
  const whole = textOf(bytes);
  // C2SP forbids those below U+0020; DEL and those up to U+009F do as little good.
  if (/\p{Cc}/u.test(whole.replaceAll('\n', ''))) throw bad('expected no control character but the newline');
  // The text itself may hold empty lines: the last one is the border.
  const border = whole.lastIndexOf('\n\n');
  if (border < 0) throw bad('expected an empty line between text and signatures');
  const lines = whole.slice(border + 2);
  if (!lines.endsWith('\n')) throw bad('expected at least one signature line, the last one ending with a newline');
  const signatures = lines.slice(0, -1).split('\n').map(parseSignature);
  if (signatures.length > MAX_SIGNATURES) {
    throw bad(`expected at most ${MAX_SIGNATURES} signatures, found ${signatures.length}`);
  }
  return { text: whole.slice(0, border + 1), signatures };
}

/** The bytes of a note; the inverse of `parseNote`. `text` ends with a newline, and there is at least one signature. */
export function formatNote({ text, signatures }: SignedNote): string {
  const lines = signatures.map(
    ({ name, keyId, signature }) => `${SIGNATURE_MARK}${name} ${base64Encode(concatBytes(keyId, signature))}\n`,
  );
  return `${text}\n${lines.join('')}`;
}

/** The bytes that a signature of a note is over: its text. */
export function signedBytes(text: string): Uint8Array {
  return encodeUtf8(text);
}

function parseSignature(line: string): NoteSignature {
  const [name = '', encoded = '', ...rest] = line.startsWith(SIGNATURE_MARK)
    ? line.slice(SIGNATURE_MARK.length).split(' ')
    : [];
  if (!isKeyName(name) || rest.length > 0) {
    throw bad(`expected a signature line "\u2014 NAME BASE64", found ${quote(line, 60)}`);
  }
  const blob = decodeStandardBase64(encoded, 'a signature');
  if (blob.length <= KEY_ID_BYTES) throw bad(`expected a key id of ${KEY_ID_BYTES} bytes and a signature after it`);
  return { name, keyId: blob.slice(0, KEY_ID_BYTES), signature: blob.slice(KEY_ID_BYTES) };
}

/**
 * RFC 4648 §4 alone, padded: one text for the same bytes, or a note could be respelled without breaking its signature.
 *
 * @throws StemmaError CHECKPOINT_INVALID
 */
export function decodeStandardBase64(text: string, what: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = decodeBase64(text);
  } catch {
    bytes = undefined;
  }
  if (bytes === undefined || base64Encode(bytes) !== text) {
    throw bad(`expected ${what} in padded standard base64, found ${quote(text, 60)}`);
  }
  return bytes;
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw bad('expected valid UTF-8 without a byte order mark', cause);
  }
}

function bad(why: string, cause?: unknown): StemmaError {
  return new StemmaError('CHECKPOINT_INVALID', `the signed note is malformed: ${why}`, { cause });
}
