/** How a file is cut into records: lines that end with LF, or TFRecord frames. */
export type RecordKind = 'lf' | 'tfrecord';

/** Finds where records end in a stream that arrives in chunks of any size. */
export interface RecordFraming {
  /**
   * Reads on from `chunk[from]`, the byte after the last one read, and returns the index after the end of the current record,
   * or -1 when it goes on beyond this chunk. Every byte of the stream is passed once, in order.
   *
   * @throws StemmaError LOG_INVALID where the bytes cannot be a record
   */
  recordEnd(chunk: Uint8Array, from: number): number;
  /** Whether a stream that ends inside a record cuts it off, or simply ends it. */
  readonly tailIsTruncated: boolean;
}

const LF = 0x0a;

/** A record ends with LF, inclusive; CR is content; what follows the last LF, if anything, is a record too. */
export const LINE_FRAMING: RecordFraming = {
  recordEnd: (chunk, from) => chunk.indexOf(LF, from) + 1 || -1,
  tailIsTruncated: false,
};
