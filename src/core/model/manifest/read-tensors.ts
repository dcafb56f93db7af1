import { compareUtf8 } from '../../bytes/index.ts';
import { DIGEST_BYTES } from '../trees/trees.ts';
import { TextColumn } from '../walk/text-column.ts';

export interface ReadTensor {
  /** Bytes of data: the sum of its segments. */
  readonly length: number;
  /** Root of its chunk tree. */
  readonly root: Uint8Array;
}

/**
 * The tensors of one file of a manifest, added as its segments are read and taken in the order of their names, in which a
 * tensor set lists them. Half a million objects would take some 200 MB, these columns 52 bytes and the name for each.
 */
export class ReadTensors {
  readonly #names = new TextColumn();
  #lengths = new Float64Array(64);
  #roots = new Uint8Array(64 * DIGEST_BYTES);
  /** By name, after `close`. */
  #order = new Uint32Array(0);
  #next = 0;
  #passed: string | undefined;

  push(name: string, length: number, root: Uint8Array): void {
    const row = this.#names.length;
    if (row === this.#lengths.length) {
      this.#lengths = new Float64Array(this.#lengths.buffer.transfer(2 * this.#lengths.byteLength));
      this.#roots = new Uint8Array(this.#roots.buffer.transfer(2 * this.#roots.length));
    }
    this.#names.push(name);
    this.#lengths[row] = length;
    this.#roots.set(root, row * DIGEST_BYTES);
  }

  /** To be called when all are there. Returns a name that two of them have. */
  close(): string | undefined {
    this.#order = this.#names.sorted();
    const twice = this.#order.find((row, i) => i > 0 && this.#names.compare(this.#order[i - 1] as number, row) === 0);
    return twice === undefined ? undefined : this.#names.at(twice);
  }

  /**
   * The tensor of that name, if it is there.
   *
   * @param name after those that were asked for before, by its UTF-8 bytes
   */
  take(name: string): ReadTensor | undefined {
    for (; this.#next < this.#order.length; this.#next++) {
      const row = this.#order[this.#next] as number;
      const own = this.#names.at(row);
      const order = compareUtf8(own, name);
      if (order > 0) return undefined;
      if (order === 0) {
        this.#next++;
        const root = this.#roots.subarray(row * DIGEST_BYTES, (row + 1) * DIGEST_BYTES);
        return { length: this.#lengths[row] as number, root };
      }
      this.#passed ??= own;
    }
    return undefined;
  }

  /** One that nobody took. */
  left(): string | undefined {
    const row = this.#order[this.#next];
    return this.#passed ?? (row === undefined ? undefined : this.#names.at(row));
  }
}
