import type { OptOutSignal } from '../attestation/index.ts';
import { concatBytes, hexEncode } from '../bytes/index.ts';
import { createHash, type DigestSet, SALTED_TREE, sha256 } from '../digest/index.ts';
import { CompactRange, leafHash } from '../merkle/index.ts';
import type { FileSet, ModelFile, TreeRoot } from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { fileSecret, RecordSalts, RecordTree, SALTED_RECORD_TAG, saltedFileLeaf } from '../records/index.ts';
import { readFile } from './read-file.ts';
import { isRecordFile } from './record-files.ts';
import { recordReaderOf, SignalHint, Signals } from './signals.ts';

export interface DigestSaltedOptions extends AbortOptions, ProgressOptions {
  /** The dataset's secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** Whether a single file is cut into records, where that is known; else its name decides, as in a folder. */
  readonly cutSingle?: boolean | undefined;
  /** Takes what the tree has of each file, in its order: for proofs. */
  readonly onFile?: (file: SaltedFile) => void;
}

/** A leaf of the tree of a salted dataset (design §3). */
export interface SaltedFile {
  readonly path: string;
  /** Number of its records; 1 for a file that is not cut. */
  readonly records: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  readonly isCut: boolean;
}

export interface SaltedTrees {
  readonly kind: 'folder' | 'file';
  readonly files: number;
  readonly records: number;
  /** How many files were cut into records; each other one is one salted record. */
  readonly recordFiles: number;
  readonly saltedTree: TreeRoot;
  readonly signals: readonly OptOutSignal[];
  readonly digests: DigestSet;
}

/**
 * The tree of a salted dataset (design §3): by path, each file with the number of its records and the root of its salted tree.
 *
 * @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED, INTERRUPTED
 */
export async function digestSalted(set: FileSet, options: DigestSaltedOptions): Promise<SaltedTrees> {
  const range = new CompactRange(sha256);
  let records = 0;
  let recordFiles = 0;
  const signals = new Signals();
  signals.addFiles(set);
  for (const file of set.files) {
    const isCut = (set.kind === 'file' ? options.cutSingle : undefined) ?? isRecordFile(file.path || set.name);
    const { size, root } = await saltedFile(file, set.name, isCut, signals, options);
    range.push(leafHash(sha256, saltedFileLeaf(file.path, size, root)));
    options.onFile?.({ path: file.path, records: size, root, isCut });
    records += size;
    if (isCut) recordFiles++;
  }
  const root = hexEncode(range.root());
  return {
    kind: set.kind,
    files: set.files.length,
    records,
    recordFiles,
    saltedTree: { hash: 'sha256', size: range.size, root },
    signals: signals.list(),
    digests: { [SALTED_TREE]: root },
  };
}

async function saltedFile(
  file: ModelFile,
  name: string,
  isCut: boolean,
  signals: Signals,
  { secret, signal, onProgress }: DigestSaltedOptions,
): Promise<{ readonly size: number; readonly root: Uint8Array }> {
  const salts = new RecordSalts(sha256, fileSecret(sha256, secret, file.path));
  const onRead = (done: number): void =>
    onProgress?.({ phase: 'hashing salted records', done, total: file.size, path: file.path || name });
  if (isCut) {
    const tree = new RecordTree(() => createHash('sha256'), sha256, 'lf', undefined, salts);
    const reader = recordReaderOf(file.path || name);
    const hint = new SignalHint();
    const push = (chunk: Uint8Array): void => {
      tree.push(chunk);
      if (reader !== undefined) hint.push(chunk);
    };
    await readFile(file, name, push, { signal, onRead });
    if (reader !== undefined && hint.found) await signals.addRecords(file, name, reader, { signal });
    return tree.finish();
  }
  // One record, also where the file is empty: a tree of one leaf, whose root is that leaf.
  const leaf = createHash('sha256');
  leaf.update(concatBytes(Uint8Array.of(0x00), SALTED_RECORD_TAG, salts.salt(0)));
  await readFile(file, name, (chunk) => leaf.update(chunk), { signal, onRead });
  return { size: 1, root: leaf.digest() };
}
