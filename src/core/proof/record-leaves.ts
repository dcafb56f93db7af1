import { concatBytes } from '../bytes/index.ts';
import { createHash, type IncrementalHash, sha256 } from '../digest/index.ts';
import {
  LINE_FRAMING,
  RECORD_TAG,
  type RecordFraming,
  type RecordKind,
  type RecordSalts,
  SALTED_RECORD_TAG,
  TfRecordFraming,
} from '../records/index.ts';

/** RFC 9162's leaf prefix, then the tag of design §3. */
const LEAF_START = concatBytes(Uint8Array.of(0x00), RECORD_TAG);
const SALTED_LEAF_START = concatBytes(Uint8Array.of(0x00), SALTED_RECORD_TAG);
/** A record that is shorter, as nearly all are, is hashed in one call: twice as fast as piece by piece. */
const SHORT_BYTES = 16 * 1024;

export interface RecordLeavesOptions {
  readonly kind: RecordKind;
  /** Makes salted leaves. */
  readonly salts?: RecordSalts | undefined;
  /** Position of the first record and its place in the file, where the stream does not begin with the file. */
  readonly first?: { readonly index: number; readonly offset: number };
  /** Takes each leaf hash with the place `[start, end)` of its record in the file. */
  readonly onLeaf: (leafHash: Uint8Array, start: number, end: number) => void;
}

/** The leaf hashes of design §3 over a stream, plain or salted, and where in the file their records lie. No record is held. */
export class RecordLeaves {
  readonly #framing: RecordFraming;
  readonly #salts: RecordSalts | undefined;
  readonly #onLeaf: RecordLeavesOptions['onLeaf'];
  readonly #scratch: Uint8Array;
  readonly #scratchStart: number;
  #long: IncrementalHash | undefined;
  #index: number;
  /** Of the record that is open, and of the next byte. */
  #start: number;
  #at: number;

  constructor({ kind, salts, first = { index: 0, offset: 0 }, onLeaf }: RecordLeavesOptions) {
    this.#framing = kind === 'lf' ? LINE_FRAMING : new TfRecordFraming();
    this.#salts = salts;
    this.#onLeaf = onLeaf;
    this.#index = first.index;
    this.#start = first.offset;
    this.#at = first.offset;
    const leafStart = this.#leafStart();
    this.#scratchStart = leafStart.length;
    this.#scratch = concatBytes(leafStart, new Uint8Array(SHORT_BYTES));
  }

  /**
   * Takes the next bytes of the stream; the buffer may be reused.
   *
   * @throws StemmaError LOG_INVALID for a TFRecord with a wrong checksum
   */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const end = this.#framing.recordEnd(chunk, from);
      const bytes = chunk.subarray(from, end < 0 ? chunk.length : end);
      this.#at += bytes.length;
      if (end >= 0 && this.#long === undefined && bytes.length <= SHORT_BYTES) this.#endShort(bytes);
      else {
        this.#long ??= this.#startLong();
        this.#long.update(bytes);
        if (end >= 0) this.#endLong(this.#long);
      }
      if (end < 0) return;
      from = end;
    }
  }

  /**
   * Ends the stream, and with it a record that is still open.
   *
   * @returns whether that is an incomplete TFRecord
   */
  finish(): boolean {
    const open = this.#long;
    if (open !== undefined) this.#endLong(open);
    return open !== undefined && this.#framing.tailIsTruncated;
  }

  #endShort(record: Uint8Array): void {
    if (this.#salts !== undefined) this.#scratch.set(this.#leafStart());
    this.#scratch.set(record, this.#scratchStart);
    this.#end(sha256(this.#scratch.subarray(0, this.#scratchStart + record.length)));
  }

  #startLong(): IncrementalHash {
    const hash = createHash('sha256');
    hash.update(this.#leafStart());
    return hash;
  }

  #endLong(hash: IncrementalHash): void {
    this.#long = undefined;
    this.#end(hash.digest());
  }

  #end(leafHash: Uint8Array): void {
    this.#onLeaf(leafHash, this.#start, this.#at);
    this.#start = this.#at;
    this.#index++;
  }

  #leafStart(): Uint8Array {
    return this.#salts === undefined ? LEAF_START : concatBytes(SALTED_LEAF_START, this.#salts.salt(this.#index));
  }
}
