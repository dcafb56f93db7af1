import { StemmaError } from '../../errors/index.ts';

/** A checkpoint a second over a month, at 300 bytes each, would be larger: nobody checks that many. */
export const MAX_NOTES_BYTES = 64 * 1024 * 1024;
const MAX_NOTES = 100_000;

const LF = 0x0a;
/** The em dash and the space that begin a signature line. */
const MARK = [0xe2, 0x80, 0x94, 0x20] as const;

/**
 * Cuts a file that notes were appended to into the bytes of each, in order: a note ends where its signature lines end. What it
 * yields need not be a note: `parseNote` says so of each alone, so that one that is torn does not spoil the others.
 *
 * @throws StemmaError CHECKPOINT_INVALID for more than 100,000 of them
 */
export function splitNotes(bytes: Uint8Array): Uint8Array[] {
  const notes: Uint8Array[] = [];
  let start = 0;
  /** What the line before was: a signature line counts only after an empty line or another one. */
  let before: 'text' | 'empty' | 'signature' = 'text';
  for (let at = 0; at < bytes.length; ) {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf + 1;
    const isSignature: boolean = before !== 'text' && MARK.every((byte, i) => bytes[at + i] === byte);
    if (before === 'signature' && !isSignature) {
      notes.push(bytes.subarray(start, at));
      start = at;
    }
    before = isSignature ? 'signature' : end - at === 1 ? 'empty' : 'text';
    at = end;
    if (notes.length >= MAX_NOTES) {
      throw new StemmaError('CHECKPOINT_INVALID', `expected at most ${MAX_NOTES} checkpoints in one file`);
    }
  }
  if (start < bytes.length) notes.push(bytes.subarray(start));
  return notes;
}
