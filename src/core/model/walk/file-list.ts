import { encodeUtf8 } from '../../bytes/index.ts';
import { type FileIdentity, LazyList } from '../../digest/index.ts';
import type { FileTable } from './file-table.ts';
import type { ModelFile } from './listing.ts';

/** Files of one walk, by the UTF-8 bytes of their paths: all of them, or those that somebody picked. */
export class FileList extends LazyList<ModelFile> {
  /** All files of the walk. */
  readonly walk: FileList;
  readonly #table: FileTable;
  /** In the order of the paths, every row of the table. */
  readonly #rows: Uint32Array;
  /** Which of them are in the list: indices, ascending; all where absent. */
  readonly #picked: Uint32Array | undefined;
  /** After the one that was found last. */
  #next = 0;

  private constructor(table: FileTable, rows: Uint32Array, walk?: FileList, picked?: Uint32Array) {
    super((picked ?? rows).length, (i) => {
      const index = picked === undefined ? i : (picked[i] as number);
      return new ListedFile(table, rows[index] as number, index);
    });
    this.walk = walk ?? this;
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
    return length === this.length ? this : new FileList(this.#table, this.#rows, this.walk, picked.slice(0, length));
  }

  /** Where in this list the path is; undefined where it is not. Fast for paths in their order. */
  indexOf(path: string): number | undefined {
    const found = this.#pathAt(this.#next) === path ? this.#next : this.#indexOfBytes(encodeUtf8(path));
    if (found !== undefined) this.#next = found + 1;
    return found;
  }

  #indexOfBytes(path: Uint8Array): number | undefined {
    return this.#search((i) => this.#table.comparePath(this.#rowAt(i), path));
  }

  has(path: string): boolean {
    return this.indexOf(path) !== undefined;
  }

  /** Where in this list a file is that any list of the walk gave; undefined where it is not. */
  positionOf({ index }: ModelFile): number | undefined {
    return this.#picked === undefined ? index : this.#search((i) => this.#indexAt(i) - index);
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

  #search(compare: (i: number) => number): number | undefined {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compare(middle);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  #pathAt(i: number): string | undefined {
    return i < this.length ? this.#table.path(this.#rowAt(i)) : undefined;
  }

  #rowAt(i: number): number {
    return this.#rows[this.#indexAt(i)] as number;
  }

  #indexAt(i: number): number {
    return this.#picked === undefined ? i : (this.#picked[i] as number);
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
