import { closeSync } from 'node:fs';
import { assertUnchanged, openChecked, readBlock } from '../digest/index.ts';
import { type Encoding, encodingOf, type Values } from './encodings.ts';
import type { Weight } from './weights.ts';

/** Reads one tensor piece by piece. The file must stay the one that was listed, and digested, until the end. */
export class TensorReader {
  readonly weight: Weight;
  readonly encoding: Encoding | undefined;
  readonly #file: Parameters<typeof openChecked>[0];
  readonly #fd: number;
  #buffer = new Uint8Array(0);

  /** @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED */
  constructor(weight: Weight) {
    const { path, location, identity } = weight.file;
    this.weight = weight;
    this.encoding = encodingOf(weight.dtype);
    this.#file = { path, location, identity, followLink: false };
    this.#fd = openChecked(this.#file);
  }

  /** Bytes `[at, at + length)` of the tensor's data; overwritten by the next call. */
  bytes(at: number, length: number): Uint8Array {
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    const piece = this.#buffer.subarray(0, length);
    readBlock(this.#file, this.#fd, piece, this.weight.offset + at);
    return piece;
  }

  /** The bytes of elements `[at, at + count)`, both multiples of the block. */
  blocks(at: number, count: number): Uint8Array {
    const { block, bytes } = this.#known();
    return this.bytes((at / block) * bytes, (count / block) * bytes);
  }

  /** Elements from `at` on, as many as fit. */
  values(at: number, out: Values): void {
    this.#known().decode(this.blocks(at, out.length), out);
  }

  #known(): Encoding {
    if (this.encoding === undefined) throw new TypeError(`"${this.weight.dtype}" has no values to read`);
    return this.encoding;
  }

  /** To be called whatever happened. */
  close(): void {
    closeSync(this.#fd);
  }

  /**
   * Once all was read.
   *
   * @throws StemmaError FILE_CHANGED
   */
  finish(): void {
    assertUnchanged(this.#file);
  }
}

/**
 * The whole of a tensor that is small by its nature.
 *
 * @throws StemmaError as `TensorReader`
 */
export function readWhole(weight: Weight): Float32Array {
  const reader = new TensorReader(weight);
  try {
    const out = new Float32Array(weight.parameters);
    reader.values(0, out);
    reader.finish();
    return out;
  } finally {
    reader.close();
  }
}
