import { compareUtf8, decodeHex, hexEncode } from '../bytes/index.ts';
import { TextColumn } from '../model/index.ts';

export interface ManifestFile {
  readonly path: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The files that a manifest lists, by path. A million of them take 48 bytes and the path each. */
export class ManifestFiles implements Iterable<ManifestFile> {
  readonly #paths = new TextColumn();
  #sizes = new Float64Array(64);
  #sha256 = new Uint8Array(64 * 32);

  get size(): number {
    return this.#paths.length;
  }

  /** @param file whose path comes after those of all others, by its UTF-8 bytes: so a manifest must list them */
  push({ path, size, sha256 }: ManifestFile): void {
    const index = this.#paths.length;
    if (index === this.#sizes.length) {
      this.#sizes = new Float64Array(this.#sizes.buffer.transfer(2 * this.#sizes.byteLength));
      this.#sha256 = new Uint8Array(this.#sha256.buffer.transfer(2 * this.#sha256.length));
    }
    this.#paths.push(path);
    this.#sizes[index] = size;
    this.#sha256.set(decodeHex(sha256), index * 32);
  }

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  get(path: string): ManifestFile | undefined {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareUtf8(this.#paths.at(middle), path);
      if (order === 0) return this.#at(middle);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<ManifestFile, undefined> {
    for (let index = 0; index < this.size; index++) yield this.#at(index);
  }

  #at(index: number): ManifestFile {
    const sha256 = hexEncode(this.#sha256.subarray(index * 32, (index + 1) * 32));
    return { path: this.#paths.at(index), size: this.#sizes[index] as number, sha256 };
  }
}
