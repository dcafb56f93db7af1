import type { OptOutSignal, RecordTreeRoot } from '../attestation/index.ts';
import { hexEncode } from '../bytes/index.ts';
import { createHash, type DigestSet, FILE_TREE, sha256 } from '../digest/index.ts';
import {
  type FileDigest,
  type FileSet,
  fileDigests,
  fileTreeRoot,
  hashPlan,
  omsRootOf,
  plainPlan,
  type TreeRoot,
} from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { RecordTree } from '../records/index.ts';
import { readFile } from './read-file.ts';
import { isRecordFile } from './record-files.ts';
import { recordReaderOf, SignalHint, Signals } from './signals.ts';

export interface DigestDatasetOptions extends AbortOptions, ProgressOptions {
  /** Whether record files are cut into records; without it they are files like others. */
  readonly records: boolean;
  /** Whether a single file is cut into records, where that is known; else its name decides, as in a folder. */
  readonly cutSingle?: boolean | undefined;
  readonly jobs?: number | undefined;
}

export interface DatasetTrees {
  readonly kind: 'folder' | 'file';
  readonly files: number;
  readonly bytes: number;
  readonly fileTree: TreeRoot;
  /** One for each record file, by path; undefined where none was cut. */
  readonly recordTrees: readonly RecordTreeRoot[] | undefined;
  readonly signals: readonly OptOutSignal[];
  /** `sha256` (OMS root of a folder, or the file's own) and the file tree. */
  readonly digests: DigestSet;
}

/** What the roots of a plain dataset are made of. */
export interface DatasetDigests extends Pick<DatasetTrees, 'recordTrees' | 'signals'> {
  /** In the order of the set. */
  readonly files: readonly FileDigest[];
}

/**
 * Every root of a plain dataset.
 *
 * @throws StemmaError as `digestDatasetFiles`
 */
export async function digestDataset(set: FileSet, options: DigestDatasetOptions): Promise<DatasetTrees> {
  const { files, ...rest } = await digestDatasetFiles(set, options);
  return { ...roots(set.kind, files), ...rest };
}

/**
 * Reads each byte of a dataset once (a file whose records may reserve rights twice), in memory that does not grow with the
 * size of the files.
 *
 * @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED, INTERRUPTED
 */
export async function digestDatasetFiles(set: FileSet, options: DigestDatasetOptions): Promise<DatasetDigests> {
  const single = set.kind === 'file' ? options.cutSingle : undefined;
  const isCut = ({ path }: { readonly path: string }): boolean =>
    options.records && (single ?? isRecordFile(path || set.name));
  const digests = await digestOthers({ ...set, files: set.files.filter((file) => !isCut(file)) }, options);
  const recordTrees: RecordTreeRoot[] = [];
  const signals = new Signals();
  signals.addFiles(set);
  for (const file of set.files.filter(isCut)) {
    const report = (done: number): void =>
      options.onProgress?.({ phase: 'hashing records', done, total: file.size, path: file.path || set.name });
    const whole = createHash('sha256');
    const tree = new RecordTree(() => createHash('sha256'), sha256, 'lf');
    const reader = recordReaderOf(file.path || set.name);
    const hint = new SignalHint();
    const push = (chunk: Uint8Array): void => {
      whole.update(chunk);
      tree.push(chunk);
      if (reader !== undefined) hint.push(chunk);
    };
    await readFile(file, set.name, push, { signal: options.signal, onRead: report });
    if (reader !== undefined && hint.found) await signals.addRecords(file, set.name, reader, options);
    const { size, root } = tree.finish();
    recordTrees.push({ path: file.path, hash: 'sha256', size, root: hexEncode(root) });
    digests.set(file.path, whole.digest());
  }
  const files = set.files.map(({ path, size }) => ({ path, size, sha256: digests.get(path) as Uint8Array }));
  return { files, recordTrees: options.records ? recordTrees : undefined, signals: signals.list() };
}

/** What has no records is hashed by the engine, on all cores. */
async function digestOthers(set: FileSet, options: DigestDatasetOptions): Promise<Map<string, Uint8Array>> {
  if (set.files.length === 0) return new Map();
  const { signal, onProgress, onWarning, jobs } = options;
  const engine = { signal, onProgress, onWarning, ...(jobs === undefined ? {} : { jobs }) };
  const plan = plainPlan(set);
  const results = await hashPlan(plan, { ...engine, phase: 'hashing dataset', whole: ['sha256'] });
  for (const { error } of results) if (error !== undefined) throw error;
  return new Map(fileDigests(plan, results).map((file) => [file.path, file.sha256]));
}

function roots(kind: 'folder' | 'file', files: readonly FileDigest[]): Omit<DatasetTrees, 'recordTrees' | 'signals'> {
  const [first] = files;
  const own = kind === 'file' && first !== undefined ? hexEncode(first.sha256) : omsRootOf(files);
  const fileTree = fileTreeRoot(files);
  return {
    kind,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    fileTree,
    digests: { sha256: own, [FILE_TREE]: fileTree.root },
  };
}
