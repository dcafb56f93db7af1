import { hexEncode } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { readSmallFile } from '../evidence/index.ts';
import { type PublicKey, verifySignature } from '../keys/index.ts';
import { type Checkpoint, MAX_NOTES_BYTES, openNote, parseCheckpoint, parseNote, splitNotes } from './c2sp/index.ts';

/** A key that the caller trusts to have signed checkpoints, and what he calls it. */
export interface TrustedSigner {
  readonly label: string;
  readonly key: PublicKey;
}

/** One note of the file. */
export type ReadCheckpoint = { readonly number: number; readonly sha256: string; readonly bytes: Uint8Array } & (
  | { readonly kind: 'malformed'; readonly message: string }
  | { readonly kind: 'untrusted' | 'bad'; readonly checkpoint: Checkpoint; readonly signer?: TrustedSigner }
  | { readonly kind: 'signed'; readonly checkpoint: Checkpoint; readonly signer: TrustedSigner }
);

/**
 * Reads the checkpoints of a file and says who signed each. One that is malformed does not spoil the others.
 *
 * @throws StemmaError CHECKPOINT_INVALID where there is none; TOO_LARGE, PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE
 */
export async function readCheckpoints(file: string, trusted: readonly TrustedSigner[]): Promise<ReadCheckpoint[]> {
  const bytes = await readSmallFile(file, { maxBytes: MAX_NOTES_BYTES, followLink: true });
  const notes = splitNotes(bytes);
  if (notes.length === 0) throw new StemmaError('CHECKPOINT_INVALID', 'expected a checkpoint, found an empty file');
  return notes.map((note, i) => readCheckpoint(note, i + 1, trusted));
}

/** One note, whatever it is. */
export function readCheckpoint(bytes: Uint8Array, number: number, trusted: readonly TrustedSigner[]): ReadCheckpoint {
  return { number, sha256: hexEncode(sha256(bytes)), bytes, ...readOne(bytes, trusted) };
}

type Read = ReadCheckpoint extends infer R
  ? R extends unknown
    ? Omit<R, 'number' | 'sha256' | 'bytes'>
    : never
  : never;

function readOne(bytes: Uint8Array, trusted: readonly TrustedSigner[]): Read {
  try {
    const note = parseNote(bytes);
    const checkpoint = parseCheckpoint(note.text);
    if (checkpoint.size > Number.MAX_SAFE_INTEGER) {
      return { kind: 'malformed', message: `expected a log of at most 2^53 - 1 records, found ${checkpoint.size}` };
    }
    const keys = trusted.map(({ key }) => key);
    // The key of a log bears the name of the log (C2SP tlog-checkpoint).
    const verdict = openNote(note, checkpoint.origin, keys, verifySignature);
    if (verdict.outcome === 'untrusted') return { kind: 'untrusted', checkpoint };
    const signer = trusted.find(({ key }) => key === verdict.key);
    if (signer === undefined) return { kind: 'untrusted', checkpoint };
    return { kind: verdict.outcome, checkpoint, signer };
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return { kind: 'malformed', message: error.message };
  }
}
