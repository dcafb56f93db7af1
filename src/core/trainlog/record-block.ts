import { concatBytes } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { type Subtree, SubtreeRange } from '../merkle/index.ts';
import { RECORD_TAG, type RecordSalts, SALTED_RECORD_TAG } from '../records/index.ts';

const LF = 0x0a;

/** What a thread is to do: a block of whole lines, in memory that it shares with whoever asks. */
export interface BlockJob {
  readonly block: SharedArrayBuffer;
  /** How many bytes of it. */
  readonly length: number;
  /** Position of its first record in the log. */
  readonly first: number;
}

/** The bytes before a record in its leaf: RFC 9162's prefix, the tag of design §3, and a salt where there are any. */
export function leafStart(salts: RecordSalts | undefined, index: number): Uint8Array {
  return salts === undefined ? LEAF_START : concatBytes(SALTED_LEAF_START, salts.salt(index));
}

const LEAF_START = concatBytes(Uint8Array.of(0x00), RECORD_TAG);
const SALTED_LEAF_START = concatBytes(Uint8Array.of(0x00), SALTED_RECORD_TAG);

/** How many records end in these bytes with LF. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === LF) lines++;
  return lines;
}

/**
 * The subtrees over the records of a block (design §3). What follows its last LF is a record too.
 *
 * @param scratch room for the longest record of a block after `leafStart`
 */
export function hashBlock(
  { block, length, first }: BlockJob,
  salts: RecordSalts | undefined,
  scratch: Uint8Array,
): readonly Subtree[] {
  const bytes = new Uint8Array(block, 0, length);
  const range = new SubtreeRange(sha256, first);
  scratch.set(LEAF_START);
  let index = first;
  for (let from = 0; from < length; index++) {
    const end = bytes.indexOf(LF, from) + 1 || length;
    const start = leafStart(salts, index);
    if (salts !== undefined) scratch.set(start);
    scratch.set(bytes.subarray(from, end), start.length);
    range.push(sha256(scratch.subarray(0, start.length + end - from)));
    from = end;
  }
  return range.subtrees;
}
