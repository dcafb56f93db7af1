import { concatBytes } from '../bytes/index.ts';
import type { IncrementalHash } from '../digest/pure.ts';
import { CompactRange, type HashFunction } from '../merkle/index.ts';
import { LINE_FRAMING, type RecordFraming, type RecordKind } from './framing.ts';
import { type RecordSalts, SALT_BYTES } from './salted.ts';
import { RECORD_TAG, SALTED_RECORD_TAG } from './tags.ts';
import { TfRecordFraming } from './tfrecord.ts';

export interface RecordTreeResult {
  /** How many records there are: the tree size. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Whether the last record is a TFRecord frame that the stream cut off. */
  readonly truncated: boolean;
}

/** RFC 9162's leaf prefix, then the tag of design §3. */
const LEAF_START = concatBytes(Uint8Array.of(0x00), RECORD_TAG);
const SALTED_LEAF_START = concatBytes(Uint8Array.of(0x00), SALTED_RECORD_TAG);

/** A record that is not longer, and that does not begin in an earlier chunk, is hashed in one call: three times as fast for a line. */
const SHORT_BYTES = 8192;

/**
 * The log tree of design §3, plain or salted, over a stream: cuts it into records and hashes each as it passes. No long record is ever
 * held, so one of any length takes the same memory; joined, the records are the stream.
 */
export class RecordTree {
  readonly #newHash: () => IncrementalHash;
  readonly #hash: HashFunction;
  readonly #range: CompactRange;
  readonly #framing: RecordFraming;
  readonly #onLeaf: ((leafHash: Uint8Array, index: number) => void) | undefined;
  readonly #salts: RecordSalts | undefined;
  /** What every leaf begins with, then room for a salt and a short record. */
  readonly #short: Uint8Array;
  readonly #leafStart: Uint8Array;
  #leaf: IncrementalHash | undefined;

  /**
   * @param newHash starts a SHA-256, for a leaf that is long or comes in pieces
   * @param hash SHA-256 at once, for short leaves and for nodes
   * @param onLeaf called with the leaf hash and the position, from 0, of each record as it ends
   * @param salts makes a salted tree
   */
  constructor(
    newHash: () => IncrementalHash,
    hash: HashFunction,
    kind: RecordKind,
    onLeaf?: (leafHash: Uint8Array, index: number) => void,
    salts?: RecordSalts,
  ) {
    this.#newHash = newHash;
    this.#hash = hash;
    this.#range = new CompactRange(hash);
    this.#framing = kind === 'lf' ? LINE_FRAMING : new TfRecordFraming();
    this.#onLeaf = onLeaf;
    this.#salts = salts;
    this.#leafStart = salts === undefined ? LEAF_START : SALTED_LEAF_START;
    this.#short = new Uint8Array(this.#leafStart.length + SALT_BYTES + SHORT_BYTES);
    this.#short.set(this.#leafStart);
  }

  /** The tree over the records that are complete so far, in bytes of its own; more may be pushed afterwards. */
  get complete(): Pick<RecordTreeResult, 'size' | 'root'> {
    return { size: this.#range.size, root: this.#range.root() };
  }

  /** How many records are complete so far. */
  get size(): number {
    return this.#range.size;
  }

  /**
   * Takes the next bytes of the stream, of any length; where chunks are cut makes no difference. The buffer may be reused.
   *
   * @throws StemmaError LOG_INVALID for a TFRecord with a wrong checksum, with the offset of that checksum in the stream
   */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const end = this.#framing.recordEnd(chunk, from);
      if (this.#leaf === undefined && end - from <= SHORT_BYTES && end >= 0) {
        this.#append(this.#shortLeaf(chunk.subarray(from, end)));
      } else {
        const leaf = this.#leaf ?? this.#startLeaf();
        leaf.update(chunk.subarray(from, end < 0 ? chunk.length : end));
        if (end < 0) return;
        this.#endLeaf(leaf);
      }
      from = end;
    }
  }

  /** Ends the stream, and with it a record that is still open; nothing may be pushed afterwards. */
  finish(): RecordTreeResult {
    const open = this.#leaf;
    if (open !== undefined) this.#endLeaf(open);
    return {
      size: this.#range.size,
      root: this.#range.root(),
      truncated: open !== undefined && this.#framing.tailIsTruncated,
    };
  }

  #startLeaf(): IncrementalHash {
    const leaf = this.#newHash();
    leaf.update(this.#leafStart);
    if (this.#salts !== undefined) leaf.update(this.#salts.salt(this.#range.size));
    this.#leaf = leaf;
    return leaf;
  }

  #endLeaf(leaf: IncrementalHash): void {
    this.#leaf = undefined;
    this.#append(leaf.digest());
  }

  #shortLeaf(record: Uint8Array): Uint8Array {
    let at = this.#leafStart.length;
    if (this.#salts !== undefined) {
      this.#short.set(this.#salts.salt(this.#range.size), at);
      at += SALT_BYTES;
    }
    this.#short.set(record, at);
    return this.#hash(this.#short.subarray(0, at + record.length));
  }

  /** The record counts as complete by the time `onLeaf` hears of it. */
  #append(leafHash: Uint8Array): void {
    const index = this.#range.size;
    this.#range.push(leafHash);
    this.#onLeaf?.(leafHash, index);
  }
}
