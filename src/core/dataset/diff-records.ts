import { compareUtf8 } from '../bytes/index.ts';
import { createHash, sha256 } from '../digest/index.ts';
import type { ModelFile } from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { RecordTree } from '../records/index.ts';
import { readFile } from './read-file.ts';
import { RecordCounts, wordAt } from './record-counts.ts';

/** A record file of one side, with how many records it has. */
export interface CountedFile {
  readonly file: ModelFile;
  /** Of the dataset: what to call a single file. */
  readonly name: string;
  readonly records: number;
}

/** Where a record stands. */
export interface RecordPlace {
  /** Relative to the dataset; empty for a single file. */
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface RecordDifference {
  readonly added: number;
  readonly removed: number;
  /** The first of them, by path and line; of equal records any may be shown. */
  readonly addedAt: readonly RecordPlace[];
  readonly removedAt: readonly RecordPlace[];
}

export interface DiffRecordsOptions extends AbortOptions, ProgressOptions {
  /** How many records are counted at once: 40 to 80 bytes each. */
  readonly recordsPerPass?: number;
}

/** At most 320 MiB. */
const RECORDS_PER_PASS = 4 * 1024 * 1024;
const MAX_SHOWN = 100;

/**
 * Which records one side has more often than the other, whatever file they are in and in whatever order. Memory is bounded: where
 * there are more records than fit, the files are read once more for each further share of the hashes.
 *
 * @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED, INTERRUPTED
 */
export async function diffRecords(
  before: readonly CountedFile[],
  after: readonly CountedFile[],
  options: DiffRecordsOptions,
): Promise<RecordDifference> {
  const total = [...before, ...after].reduce((sum, { records }) => sum + records, 0);
  const passes = Math.max(1, Math.ceil(total / (options.recordsPerPass ?? RECORDS_PER_PASS)));
  let added = 0;
  let removed = 0;
  const addedAt: RecordPlace[] = [];
  const removedAt: RecordPlace[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const counts = new RecordCounts();
    const each = (
      files: readonly CountedFile[],
      visit: (hash: Uint8Array, place: RecordPlace) => void,
    ): Promise<void> =>
      eachRecord(files, options, (hash, place) => {
        if (wordAt(hash, 0) % passes === pass) visit(hash, place);
      });
    await each(before, (hash) => counts.add(hash, -1));
    await each(after, (hash) => counts.add(hash, 1));
    const { above, below } = counts.totals();
    added += above;
    removed += below;
    if (above > 0) {
      await each(after, (hash, place) => {
        if (counts.add(hash, 0) > 0) show(addedAt, place, () => counts.add(hash, -1));
      });
    }
    if (below > 0) {
      await each(before, (hash, place) => {
        if (counts.add(hash, 0) < 0) show(removedAt, place, () => counts.add(hash, 1));
      });
    }
  }
  return { added, removed, addedAt: firstOf(addedAt), removedAt: firstOf(removedAt) };
}

/** Each pass meets the records in the order of the files; only the first ones of it can be among the first of all. */
function show(places: RecordPlace[], place: RecordPlace, settle: () => void): void {
  settle();
  places.push(place);
  if (places.length >= 4 * MAX_SHOWN) places.splice(0, places.length, ...firstOf(places));
}

function firstOf(places: readonly RecordPlace[]): RecordPlace[] {
  return places.toSorted((a, b) => compareUtf8(a.path, b.path) || a.line - b.line).slice(0, MAX_SHOWN);
}

async function eachRecord(
  files: readonly CountedFile[],
  { signal, onProgress }: DiffRecordsOptions,
  visit: (hash: Uint8Array, place: RecordPlace) => void,
): Promise<void> {
  for (const { file, name } of files) {
    const { path, size: total } = file;
    const onLeaf = (hash: Uint8Array, index: number): void => visit(hash, { path, line: index + 1 });
    const tree = new RecordTree(() => createHash('sha256'), sha256, 'lf', onLeaf);
    const onRead = (done: number): void =>
      onProgress?.({ phase: 'comparing records', done, total, path: path || name });
    await readFile(file, name, (chunk) => tree.push(chunk), { signal, onRead });
    tree.finish();
  }
}
