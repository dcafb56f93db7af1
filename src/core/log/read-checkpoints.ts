import { hexEncode } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../errors/index.ts';
import { readSmallFile } from '../evidence/index.ts';
import { type PublicKey, verifySignatureAside } from '../keys/index.ts';
import type { AbortOptions } from '../progress/index.ts';
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

/** So many are looked at side by side: enough for all cores, and few enough to be interrupted in between. */
const BATCH = 256;

/**
 * Reads the checkpoints of a file and says who signed each. One that is malformed does not spoil the others; one that is there
 * twice is looked at once.
 *
 * @throws StemmaError CHECKPOINT_INVALID where there is none; TOO_LARGE, PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE;
 *   INTERRUPTED
 */
export async function readCheckpoints(
  file: string,
  trusted: readonly TrustedSigner[],
  { signal }: AbortOptions = {},
): Promise<ReadCheckpoint[]> {
  const bytes = await readSmallFile(file, { maxBytes: MAX_NOTES_BYTES, followLink: true });
  const notes = splitNotes(bytes);
  if (notes.length === 0) throw new StemmaError('CHECKPOINT_INVALID', 'expected a checkpoint, found an empty file');
  const known = new Map<string, Promise<Read>>();
  const read: ReadCheckpoint[] = [];
  for (let first = 0; first < notes.length; first += BATCH) {
    throwIfAborted(signal);
    const batch = notes.slice(first, first + BATCH).map(async (note, i) => {
      const digest = hexEncode(sha256(note));
      const reading = known.get(digest) ?? readOne(note, trusted);
      known.set(digest, reading);
      return { number: first + i + 1, sha256: digest, bytes: note, ...(await reading) };
    });
    read.push(...(await Promise.all(batch)));
  }
  return read;
}

/** One note, whatever it is. */
export async function readCheckpoint(
  bytes: Uint8Array,
  number: number,
  trusted: readonly TrustedSigner[],
): Promise<ReadCheckpoint> {
  return { number, sha256: hexEncode(sha256(bytes)), bytes, ...(await readOne(bytes, trusted)) };
}

type Read = ReadCheckpoint extends infer R
  ? R extends unknown
    ? Omit<R, 'number' | 'sha256' | 'bytes'>
    : never
  : never;

async function readOne(bytes: Uint8Array, trusted: readonly TrustedSigner[]): Promise<Read> {
  try {
    const note = parseNote(bytes);
    const checkpoint = parseCheckpoint(note.text);
    if (checkpoint.size > Number.MAX_SAFE_INTEGER) {
      return { kind: 'malformed', message: `expected a log of at most 2^53 - 1 records, found ${checkpoint.size}` };
    }
    const keys = trusted.map(({ key }) => key);
    // The key of a log bears the name of the log (C2SP tlog-checkpoint).
    const verdict = await openNote(note, checkpoint.origin, keys, verifySignatureAside);
    if (verdict.outcome === 'untrusted') return { kind: 'untrusted', checkpoint };
    const signer = trusted.find(({ key }) => key === verdict.key);
    if (signer === undefined) return { kind: 'untrusted', checkpoint };
    return { kind: verdict.outcome, checkpoint, signer };
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return { kind: 'malformed', message: error.message };
  }
}
