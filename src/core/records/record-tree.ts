import { concatBytes } from '../bytes/index.ts';
import type { IncrementalHash } from '../digest/pure.ts';
import { CompactRange, type HashFunction } from '../merkle/index.ts';
import { LINE_FRAMING, type RecordFraming, type RecordKind } from './framing.ts';
import type { RecordSalts } from './salted.ts';
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

/**
 * The log tree of design §3, plain or salted, over a stream: cuts it into records and hashes each as it passes. No record is ever held, so
 * one of any length takes the same memory; joined, the records are the stream.
 */
export class RecordTree {
  readonly #newHash: () => IncrementalHash;
  readonly #range: CompactRange;
  readonly #framing: RecordFraming;
  readonly #onLeaf: ((leafHash: Uint8Array, index: number) => void) | undefined;
  readonly #salts: RecordSalts | undefined;
  #leaf: IncrementalHash | undefined;

  /**
   * @param newHash starts a SHA-256, one for each leaf
   * @param nodeHash SHA-256 at once, for the nodes
   * @param onLeaf called with the leaf hash and the position, from 0, of each record as it ends
   * @param salts makes a salted tree
   */
  constructor(
    newHash: () => IncrementalHash,
    nodeHash: HashFunction,
    kind: RecordKind,
    onLeaf?: (leafHash: Uint8Array, index: number) => void,
    salts?: RecordSalts,
  ) {
    this.#newHash = newHash;
    this.#range = new CompactRange(nodeHash);
    this.#framing = kind === 'lf' ? LINE_FRAMING : new TfRecordFraming();
    this.#onLeaf = onLeaf;
    this.#salts = salts;
  }

  /**
   * Takes the next bytes of the stream, of any length; where chunks are cut makes no difference. The buffer may be reused.
   *
   * @throws StemmaError LOG_INVALID for a TFRecord with a wrong checksum, with the offset of that checksum in the stream
   */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const end = this.#framing.recordEnd(chunk, from);
      const leaf = this.#leaf ?? this.#startLeaf();
      leaf.update(chunk.subarray(from, end < 0 ? chunk.length : end));
      if (end < 0) return;
      this.#endLeaf(leaf);
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
    leaf.update(this.#salts === undefined ? LEAF_START : SALTED_LEAF_START);
    if (this.#salts !== undefined) leaf.update(this.#salts.salt(this.#range.size));
    this.#leaf = leaf;
    return leaf;
  }

  #endLeaf(leaf: IncrementalHash): void {
    const hash = leaf.digest();
    this.#leaf = undefined;
    this.#onLeaf?.(hash, this.#range.size);
    this.#range.push(hash);
  }
}
