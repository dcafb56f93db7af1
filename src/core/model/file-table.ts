import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import type { FileIdentity } from '../digest/index.ts';
import type { ModelFile } from './listing.ts';

const VIA: readonly ModelFile['via'][] = ['file', 'huggingface-link', 'followed-link'];
const SECOND = 1_000_000_000n;

/** Where the fields of a row lie. */
const PATH_START = 0;
const SIZE = 8;
const DEV = 16;
const INO = 24;
// Nanoseconds in one field of 64 bits would end in the year 2262, and file systems go further.
const MTIME_SECONDS = 32;
const MTIME_NANOSECONDS = 40;
const LINKS = 44;
const PATH_BYTES = 48;
const VIA_INDEX = 52;
const ROW_BYTES = 56;

/**
 * The files that a walk finds, in rows of bytes beside the text of their paths: a million objects with their strings and
 * bigints would take some 300 MB, this takes 56 bytes and the path for each. Rows are only added.
 */
export class FileTable {
  readonly #root: string;
  #rows = new DataView(new ArrayBuffer(64 * ROW_BYTES));
  #length = 0;
  /** UTF-8, one path after the other. */
  #paths = Buffer.alloc(4096);
  #pathsEnd = 0;
  /** Where a file lies, if not at its path: links that were followed. */
  readonly #targets = new Map<number, string>();

  /** @param root absolute path of the model */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * @param at relative to the root
   * @param location where the file lies: absolute
   * @param stat whose size the caller has found to be a safe integer
   */
  push(at: string, location: string, stat: BigIntStats, via: ModelFile['via']): void {
    const row = this.#length++;
    const field = row * ROW_BYTES;
    if (field === this.#rows.byteLength) this.#rows = new DataView(this.#rows.buffer.transfer(2 * field));
    const pathBytes = Buffer.byteLength(at);
    this.#rows.setFloat64(field + PATH_START, this.#pathsEnd);
    this.#rows.setUint32(field + PATH_BYTES, pathBytes);
    this.#rows.setFloat64(field + SIZE, Number(stat.size));
    this.#rows.setBigUint64(field + DEV, stat.dev);
    this.#rows.setBigUint64(field + INO, stat.ino);
    this.#rows.setBigInt64(field + MTIME_SECONDS, stat.mtimeNs / SECOND);
    this.#rows.setInt32(field + MTIME_NANOSECONDS, Number(stat.mtimeNs % SECOND));
    this.#rows.setUint32(field + LINKS, Math.min(Number(stat.nlink), 0xffffffff));
    this.#rows.setUint8(field + VIA_INDEX, VIA.indexOf(via));
    if (location !== path.join(this.#root, at)) this.#targets.set(row, location);
    while (this.#pathsEnd + pathBytes > this.#paths.length) {
      this.#paths = Buffer.from(this.#paths.buffer.transfer(2 * this.#paths.length));
    }
    this.#pathsEnd += this.#paths.write(at, this.#pathsEnd);
  }

  /** Relative to the root. */
  path(row: number): string {
    const start = this.#pathStart(row);
    return this.#paths.toString('utf8', start, start + this.#pathBytes(row));
  }

  location(row: number): string {
    return this.#targets.get(row) ?? path.join(this.#root, this.path(row));
  }

  size(row: number): number {
    return this.#rows.getFloat64(row * ROW_BYTES + SIZE);
  }

  identity(row: number): FileIdentity {
    const field = row * ROW_BYTES;
    const seconds = this.#rows.getBigInt64(field + MTIME_SECONDS);
    return {
      dev: this.#rows.getBigUint64(field + DEV),
      ino: this.#rows.getBigUint64(field + INO),
      size: this.size(row),
      mtimeNs: seconds * SECOND + BigInt(this.#rows.getInt32(field + MTIME_NANOSECONDS)),
    };
  }

  links(row: number): number {
    return this.#rows.getUint32(row * ROW_BYTES + LINKS);
  }

  via(row: number): ModelFile['via'] {
    return VIA[this.#rows.getUint8(row * ROW_BYTES + VIA_INDEX)] as ModelFile['via'];
  }

  /** All rows, in the order of their paths' UTF-8 bytes. */
  byPath(): Uint32Array {
    const rows = new Uint32Array(this.#length);
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    rows.sort((a, b) => this.#comparePaths(a, b));
    return rows;
  }

  #comparePaths(a: number, b: number): number {
    const startOfA = this.#pathStart(a);
    const startOfB = this.#pathStart(b);
    const shorter = Math.min(this.#pathBytes(a), this.#pathBytes(b));
    for (let i = 0; i < shorter; i++) {
      const order = (this.#paths[startOfA + i] as number) - (this.#paths[startOfB + i] as number);
      if (order !== 0) return order;
    }
    return this.#pathBytes(a) - this.#pathBytes(b);
  }

  #pathStart(row: number): number {
    return this.#rows.getFloat64(row * ROW_BYTES + PATH_START);
  }

  #pathBytes(row: number): number {
    return this.#rows.getUint32(row * ROW_BYTES + PATH_BYTES);
  }
}
