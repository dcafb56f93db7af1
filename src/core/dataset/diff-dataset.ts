import { compareUtf8, equalBytes } from '../bytes/index.ts';
import { type FileSet, locateModel } from '../model/index.ts';
import { type CountedFile, type DiffRecordsOptions, diffRecords, type RecordDifference } from './diff-records.ts';
import { digestDatasetFiles } from './digest-dataset.ts';
import { listDataset } from './file-set.ts';

export interface DiffDatasetsOptions extends DiffRecordsOptions {
  /** Paths to leave out of both, as the user wrote them. */
  readonly ignore: readonly string[];
  readonly jobs?: number;
}

/** A file that one side does not have, or not with these bytes. */
export interface DatasetFileDifference {
  /** Empty in a single-file dataset. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** How many records it has on either side; absent where it is no record file, or not there. */
  readonly recordsBefore?: number;
  readonly recordsAfter?: number;
}

export interface DatasetDifference {
  /** Every file has the same path and bytes. */
  readonly same: boolean;
  readonly files: readonly DatasetFileDifference[];
  /** Of the record files as a whole, wherever a record stands: moving one is no difference. */
  readonly records: RecordDifference & { readonly before: number; readonly after: number };
}

interface Side {
  readonly set: FileSet;
  /** SHA-256 of each file. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Records of each record file. */
  readonly records: ReadonlyMap<string, number>;
}

/**
 * Compares two datasets: their files by path and bytes, and their records one by one.
 *
 * @throws StemmaError PATH_NOT_FOUND, MODEL_EMPTY, SYMLINK_REFUSED, USAGE, FILE_UNREADABLE, FILE_CHANGED, INTERRUPTED
 */
export async function diffDatasets(
  before: string,
  after: string,
  options: DiffDatasetsOptions,
): Promise<DatasetDifference> {
  const [a, b] = [await readSide(before, options), await readSide(after, options)];
  const files = [...new Set([...a.files.keys(), ...b.files.keys()])]
    .toSorted(compareUtf8)
    .flatMap((path) => fileDifference(path, a, b));
  const differing = ({ set, records }: Side): CountedFile[] =>
    files.flatMap(({ path }) => {
      const [count, file] = [records.get(path), set.files.named(path)];
      return count === undefined || file === undefined ? [] : [{ file, name: set.name, records: count }];
    });
  const records = await diffRecords(differing(a), differing(b), options);
  const total = (side: Side): number => [...side.records.values()].reduce((sum, count) => sum + count, 0);
  return { same: files.length === 0, files, records: { before: total(a), after: total(b), ...records } };
}

async function readSide(given: string, options: DiffDatasetsOptions): Promise<Side> {
  const { root, ignored } = await locateModel(given, { ignore: options.ignore, opaque: [] });
  const { set } = await listDataset(root, { ignored, signal: options.signal });
  const { files, recordTrees } = await digestDatasetFiles(set, { ...options, records: true });
  return {
    set,
    files: new Map(files.map(({ path, sha256 }) => [path, sha256])),
    records: new Map((recordTrees ?? []).map(({ path, size }) => [path, size])),
  };
}

function fileDifference(path: string, a: Side, b: Side): DatasetFileDifference[] {
  const [before, after] = [a.files.get(path), b.files.get(path)];
  if (before !== undefined && after !== undefined && equalBytes(before, after)) return [];
  const [recordsBefore, recordsAfter] = [a.records.get(path), b.records.get(path)];
  return [
    {
      path,
      change: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
      ...(recordsBefore === undefined ? {} : { recordsBefore }),
      ...(recordsAfter === undefined ? {} : { recordsAfter }),
    },
  ];
}
