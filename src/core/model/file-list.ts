import { compareUtf8 } from '../bytes/index.ts';
import { type FileIdentity, LazyList } from '../digest/index.ts';
import type { FileTable } from './file-table.ts';
import type { ModelFile } from './listing.ts';

/** Files of one walk, by the UTF-8 bytes of their paths: all of them, or those that somebody picked. */
export class FileList extends LazyList<ModelFile> {
  readonly #table: FileTable;
  /** In the order of the paths, every row of the table. */
  readonly #rows: Uint32Array;
  /** Which of them are in the list: indices, ascending; all where absent. */
  readonly #picked: Uint32Array | undefined;

  private constructor(table: FileTable, rows: Uint32Array, picked?: Uint32Array) {
    super((picked ?? rows).length, (i) => {
      const index = picked === undefined ? i : (picked[i] as number);
      return new ListedFile(table, rows[index] as number, index);
    });
    this.#table = table;
    this.#rows = rows;
    this.#picked = picked;
  }

  static of(table: FileTable): FileList {
    return new FileList(table, table.byPath());
  }

  /** Those that match. */
  filter(matches: (file: ModelFile) => boolean): FileList {
    const picked = new Uint32Array(this.length);
    let length = 0;
    for (const file of this) if (matches(file)) picked[length++] = file.index;
    return length === this.length ? this : new FileList(this.#table, this.#rows, picked.slice(0, length));
  }

  /** Where in this list the path is; undefined where it is not. */
  indexOf(path: string): number | undefined {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareUtf8(this.#pathAt(middle), path);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** The file at a path. */
  named(path: string): ModelFile | undefined {
    const index = this.indexOf(path);
    return index === undefined ? undefined : this.at(index);
  }

  /** The bytes of all of them. */
  bytes(): number {
    let sum = 0;
    for (const { size } of this) sum += size;
    return sum;
  }

  #pathAt(i: number): string {
    const index = this.#picked === undefined ? i : (this.#picked[i] as number);
    return this.#table.path(this.#rows[index] as number);
  }
}

/** One row of the table, read as it is asked for. */
class ListedFile implements ModelFile {
  readonly index: number;
  readonly #table: FileTable;
  readonly #row: number;
  #path: string | undefined;

  constructor(table: FileTable, row: number, index: number) {
    this.#table = table;
    this.#row = row;
    this.index = index;
  }

  get path(): string {
    this.#path ??= this.#table.path(this.#row);
    return this.#path;
  }

  get location(): string {
    return this.#table.location(this.#row);
  }

  get size(): number {
    return this.#table.size(this.#row);
  }

  get identity(): FileIdentity {
    return this.#table.identity(this.#row);
  }

  get links(): number {
    return this.#table.links(this.#row);
  }

  get via(): ModelFile['via'] {
    return this.#table.via(this.#row);
  }
}
