import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import type { FileIdentity } from '../../digest/index.ts';
import type { FileSink, ModelFile } from './listing.ts';
import { TextColumn } from './text-column.ts';

const VIA: readonly ModelFile['via'][] = ['file', 'huggingface-link', 'followed-link'];
const SECOND = 1_000_000_000n;

/** Where the fields of a row lie. */
const SIZE = 0;
const DEV = 8;
const INO = 16;
// Nanoseconds in one field of 64 bits would end in the year 2262, and file systems go further.
const MTIME_SECONDS = 24;
const MTIME_NANOSECONDS = 32;
const LINKS = 36;
const VIA_INDEX = 40;
const ROW_BYTES = 48;

/**
 * The files that a walk finds, in rows of bytes beside the column of their paths: a million objects with their strings and
 * bigints would take some 300 MB, this takes 56 bytes and the path for each. Rows are only added.
 */
export class FileTable implements FileSink {
  readonly #root: string;
  #rows = new DataView(new ArrayBuffer(64 * ROW_BYTES));
  readonly #paths = new TextColumn();
  /** Where a file lies, if not at its path: links that were followed. */
  readonly #targets = new Map<number, string>();

  /** @param root absolute path of the model */
  constructor(root: string) {
    this.#root = root;
  }

  push(at: string, location: string, stat: BigIntStats, via: ModelFile['via']): void {
    const row = this.#paths.length;
    const field = row * ROW_BYTES;
    if (field === this.#rows.byteLength) this.#rows = new DataView(this.#rows.buffer.transfer(2 * field));
    this.#paths.push(at);
    this.#rows.setFloat64(field + SIZE, Number(stat.size));
    this.#rows.setBigUint64(field + DEV, stat.dev);
    this.#rows.setBigUint64(field + INO, stat.ino);
    this.#rows.setBigInt64(field + MTIME_SECONDS, stat.mtimeNs / SECOND);
    this.#rows.setInt32(field + MTIME_NANOSECONDS, Number(stat.mtimeNs % SECOND));
    this.#rows.setUint32(field + LINKS, Math.min(Number(stat.nlink), 0xffffffff));
    this.#rows.setUint8(field + VIA_INDEX, VIA.indexOf(via));
    if (location !== path.join(this.#root, at)) this.#targets.set(row, location);
  }

  /** Relative to the root. */
  path(row: number): string {
    return this.#paths.at(row);
  }

  /** Orders the path of a row and another path by their UTF-8 bytes. */
  comparePath(row: number, path: Uint8Array): number {
    return this.#paths.compareWith(row, path);
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
    return this.#paths.sorted();
  }
}
