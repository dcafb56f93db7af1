import { concatBytes } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { LINE_FRAMING, type RecordFraming, type RecordKind } from './framing.ts';
import { TfRecordFraming } from './tfrecord.ts';

export interface CutOptions {
  readonly kind: RecordKind;
  /** Of one wanted record, in bytes: a longer one is refused as soon as it is that long. */
  readonly maxBytes: number;
  /** Whether the record at this position, from 0, is to be handed over; of others no byte is kept. */
  readonly wants: (index: number) => boolean;
  /** The record, its line end or frame included; the bytes are the receiver's. */
  readonly onRecord: (record: Uint8Array, index: number) => void;
}

/** Cuts a stream into the records of design §3, and hands over those that are wanted. */
export class RecordCutter {
  readonly #options: CutOptions;
  readonly #framing: RecordFraming;
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #index = 0;
  #open = false;

  constructor(options: CutOptions) {
    this.#options = options;
    this.#framing = options.kind === 'lf' ? LINE_FRAMING : new TfRecordFraming();
  }

  /**
   * Takes the next bytes of the stream; the buffer may be reused.
   *
   * @throws StemmaError TOO_LARGE for a wanted record of more than `maxBytes`; LOG_INVALID for a broken TFRecord
   */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const end = this.#framing.recordEnd(chunk, from);
      const to = end < 0 ? chunk.length : end;
      this.#open = true;
      if (this.#options.wants(this.#index)) this.#keep(chunk.subarray(from, to));
      if (end < 0) return;
      this.#end();
      from = end;
    }
  }

  /** Ends the stream, and with it a record that is still open. A TFRecord that was cut off is no record that can be read. */
  finish(): void {
    if (this.#open && !this.#framing.tailIsTruncated) this.#end();
  }

  #keep(bytes: Uint8Array): void {
    const { maxBytes } = this.#options;
    this.#length += bytes.length;
    if (this.#length > maxBytes) {
      const message = `record ${this.#index + 1} has more than ${maxBytes} bytes`;
      throw new StemmaError('TOO_LARGE', message, { details: { index: this.#index } });
    }
    // `slice` of a Buffer would share its memory.
    this.#parts.push(new Uint8Array(bytes));
  }

  #end(): void {
    const { wants, onRecord } = this.#options;
    if (wants(this.#index))
      onRecord(this.#parts.length === 1 ? this.#parts[0]! : concatBytes(...this.#parts), this.#index);
    this.#parts.length = 0;
    this.#length = 0;
    this.#open = false;
    this.#index++;
  }
}
