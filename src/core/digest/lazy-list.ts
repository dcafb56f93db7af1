/** Something for each of many files: an array, or a list that is none. */
export interface List<T> extends Iterable<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

/** A list that makes an element each time it is asked for: as objects, those of a million files would fill the memory. */
export class LazyList<T> implements List<T> {
  readonly length: number;
  readonly #make: (index: number) => T;

  /** @param make called with indices of the list only */
  constructor(length: number, make: (index: number) => T) {
    this.length = length;
    this.#make = make;
  }

  at(index: number): T | undefined {
    const at = index < 0 ? index + this.length : index;
    return at >= 0 && at < this.length ? this.#make(at) : undefined;
  }

  *[Symbol.iterator](): Generator<T, undefined> {
    for (let index = 0; index < this.length; index++) yield this.#make(index);
  }

  /** As of an array: the results are all made now. */
  map<U>(use: (element: T, index: number) => U): U[] {
    return Array.from({ length: this.length }, (_, index) => use(this.#make(index), index));
  }

  find(matches: (element: T) => boolean): T | undefined {
    for (const element of this) if (matches(element)) return element;
    return undefined;
  }
}
