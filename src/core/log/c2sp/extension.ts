import { base64Encode, concatBytes, decodeUtf8, encodeUtf8 } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import { parseRoot, parseSize } from './checkpoint.ts';
import { MAX_NOTE_BYTES } from './note.ts';

/** That the tree of one checkpoint begins with a smaller one: the body of a C2SP tlog-witness request `add-checkpoint`. */
export interface Extension {
  readonly oldSize: bigint;
  /** The RFC 9162 consistency proof: hashes of 32 bytes. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint of the greater size, as it was signed. */
  readonly note: Uint8Array;
}

/** C2SP tlog-witness: more are never needed below 2^63 leaves. */
const MAX_HASHES = 63;
export const MAX_EXTENSION_BYTES = MAX_NOTE_BYTES + 8192;
const LF = 0x0a;

export function formatExtension({ oldSize, proof, note }: Extension): Uint8Array {
  const lines = proof.map((hash) => `${base64Encode(hash)}\n`);
  return concatBytes(encodeUtf8(`old ${oldSize}\n${lines.join('')}\n`), note);
}

/**
 * Splits it at the first empty line, and reads what comes before; the note is left to `parseNote`.
 *
 * @throws StemmaError CHECKPOINT_INVALID
 */
export function parseExtension(bytes: Uint8Array): Extension {
  if (bytes.length > MAX_EXTENSION_BYTES) throw bad(`expected at most ${MAX_EXTENSION_BYTES} bytes`);
  const border = bytes.findIndex((byte, i) => byte === LF && bytes[i + 1] === LF);
  if (border < 0) throw bad('expected an empty line before the checkpoint');
  const [first = '', ...hashes] = textOf(bytes.subarray(0, border)).split('\n');
  if (!first.startsWith('old ')) throw bad('expected "old", a space and a size in the first line');
  if (hashes.length > MAX_HASHES) throw bad(`expected at most ${MAX_HASHES} hashes, found ${hashes.length}`);
  return { oldSize: parseSize(first.slice(4)), proof: hashes.map(parseRoot), note: bytes.slice(border + 2) };
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    if (!isStemmaError(cause)) throw cause;
    throw bad('expected valid UTF-8', cause);
  }
}

function bad(why: string, cause?: unknown): StemmaError {
  return new StemmaError('CHECKPOINT_INVALID', `the consistency proof is malformed: ${why}`, { cause });
}
