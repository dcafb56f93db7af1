import type { List } from './lazy-list.ts';
import type { FileRequest, SegmentRequest } from './request.ts';
import { SPAN_BYTES, type Span, spansOf } from './spans.ts';
import type { Task, TaskSegments } from './task.ts';

/** Tasks are handed over in batches, so that a million tiny files are not a million messages. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_TASKS = 256;

/**
 * Bytes that these requests need to be read.
 *
 * @throws RangeError if the segments of a request are not as long as its file
 */
export function plannedBytes(files: List<FileRequest>): number {
  let total = 0;
  for (const file of files) for (const span of spansOf(file)) total += span.end - span.start;
  return total;
}

/**
 * The work in batches of tasks, the longest first, so that no thread is left alone with a big one at the end. Made one by one
 * as the threads ask for them: what is to come is not held in memory.
 *
 * @param hasFailed whether a file has failed already, so that the rest of it need not be read
 */
export function* planBatches(
  files: List<FileRequest>,
  hasFailed: (file: number) => boolean,
): Generator<readonly Task[], undefined> {
  const longest = new Float64Array(files.length);
  const order = new Uint32Array(files.length);
  let at = 0;
  for (const file of files) {
    longest[at] = longestTask(file);
    order[at] = at++;
  }
  order.sort((a, b) => (longest[b] ?? 0) - (longest[a] ?? 0));
  let batch: Task[] = [];
  let bytes = 0;
  for (const index of order) {
    const file = files.at(index) as FileRequest;
    for (const span of spansOf(file)) {
      if (hasFailed(index)) break;
      batch.push(taskOf(file, index, span));
      bytes += span.end - span.start;
      if (bytes < BATCH_BYTES && batch.length < BATCH_TASKS) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

function longestTask({ whole, identity }: FileRequest): number {
  return whole.length > 0 ? identity.size : Math.min(identity.size, SPAN_BYTES);
}

function taskOf(file: FileRequest, index: number, span: Span): Task {
  const { path, location, followLink, identity, whole } = file;
  const segments = file.segments.map((request, i) => take(request, span.from[i] ?? 0, span.to[i] ?? 0));
  return { file: index, path, location, followLink, identity, start: span.start, end: span.end, whole, segments };
}

function take({ hash, lengths, only }: SegmentRequest, from: number, to: number): TaskSegments {
  const part = { hash, first: from, lengths: lengths.slice(from, to) };
  if (only === undefined) return part;
  const wanted = new Uint8Array(to - from);
  for (const index of only.subarray(lowerBound(only, from), lowerBound(only, to))) wanted[index - from] = 1;
  return { ...part, wanted };
}

/** Index of the first element of an ascending array that is at least `value`. */
function lowerBound(ascending: Uint32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? value) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
