import type { FileRequest, SegmentRequest } from './request.ts';

/** How much of a file makes one task, about, where no digest of the whole file makes it one serial piece. */
export const SPAN_BYTES = 32 * 1024 * 1024;

/** A range of bytes to read, and which segments of each request it holds: `from[i]` up to, not including, `to[i]`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * Cuts a file into spans. With a whole-file digest it is one; else spans begin and end where all segment requests have a
 * boundary, and a range that no request wants belongs to none. A file of which nothing is asked has no span.
 *
 * @throws RangeError if the segments of a request are not as long as the file together: a bug of the caller
 */
export function* spansOf(file: FileRequest): Generator<Span, undefined> {
  const { size } = file.identity;
  for (const { lengths } of file.segments) {
    const sum = lengths.reduce((total, length) => total + length, 0);
    if (sum !== size) throw new RangeError(`"lengths" expected a sum of ${size}, got ${sum}`);
  }
  if (file.whole.length > 0) {
    const none = file.segments.map(() => 0);
    yield { start: 0, end: size, from: none, to: file.segments.map((request) => request.lengths.length) };
    return;
  }
  let open: Span | undefined;
  for (const unit of unitsOf(file.segments, size)) {
    if (!unit.wanted) {
      if (open !== undefined) yield open;
      open = undefined;
      continue;
    }
    open = open === undefined ? unit : { start: open.start, end: unit.end, from: open.from, to: unit.to };
    if (open.end - open.start >= SPAN_BYTES) {
      yield open;
      open = undefined;
    }
  }
  if (open !== undefined) yield open;
}

/** The ranges between neighbouring offsets at which every request has a boundary. */
function* unitsOf(requests: readonly SegmentRequest[], size: number): Generator<Span & { readonly wanted: boolean }> {
  const cursors = requests.map((request) => new Cursor(request));
  const [first] = cursors;
  if (first === undefined) return;
  let start = 0;
  do {
    const from = cursors.map((cursor) => cursor.index);
    let wanted = first.pass();
    let end: number;
    do {
      end = Math.max(...cursors.map((cursor) => cursor.offset));
      for (const cursor of cursors) wanted = cursor.passUntil(end) || wanted;
    } while (cursors.some((cursor) => cursor.offset > end));
    yield { start, end, from, to: cursors.map((cursor) => cursor.index), wanted };
    start = end;
  } while (start < size);
}

/** Walks along the segments of one request. */
class Cursor {
  readonly #request: SegmentRequest;
  #only = 0;
  index = 0;
  offset = 0;

  constructor(request: SegmentRequest) {
    this.#request = request;
  }

  /** Passes one segment, if there is one; tells whether it is to be hashed. */
  pass(): boolean {
    const { lengths, only } = this.#request;
    if (this.index >= lengths.length) return false;
    this.offset += lengths[this.index] ?? 0;
    const wanted = only === undefined || only[this.#only] === this.index;
    if (wanted) this.#only++;
    this.index++;
    return wanted;
  }

  /** Passes segments up to an offset, and the empty ones there; tells whether any is to be hashed. */
  passUntil(offset: number): boolean {
    let wanted = false;
    while (
      this.index < this.#request.lengths.length &&
      (this.offset < offset || this.#request.lengths[this.index] === 0)
    ) {
      wanted = this.pass() || wanted;
    }
    return wanted;
  }
}
