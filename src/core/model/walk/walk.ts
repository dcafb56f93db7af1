import { lstatSync, opendirSync } from 'node:fs';
import path from 'node:path';
import { compareUtf8, quote } from '../../bytes/index.ts';
import { StemmaError, throwIfAborted } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { FileList } from './file-list.ts';
import { GIT_NAMES } from './file-set.ts';
import { FileTable } from './file-table.ts';
import type { FileSink, ModelListing, WalkProblem } from './listing.ts';
import { isSystemError, Walk, type WalkFolder } from './walk-entries.ts';
import { listingWarnings } from './walk-warnings.ts';

export interface WalkOptions extends AbortOptions {
  /** Follow symbolic links that are no Hugging Face snapshot links; without it each is a problem. */
  readonly allowSymlinks: boolean;
}

/** How many entries are looked at between two chances for Ctrl-C and progress. */
const ENTRIES_PER_TURN = 1024;
const GIT: ReadonlySet<string> = new Set(GIT_NAMES);

/** What a walk finds beside the files. */
export interface Walked {
  readonly kind: 'folder' | 'file';
  /** Top-level Git names that are there; the walk does not enter them. */
  readonly gitNames: readonly string[];
  /** In no order. */
  readonly problems: readonly WalkProblem[];
  readonly linksOut: readonly string[];
}

/**
 * Lists a model: every regular file below a folder, or the one file. Opens nothing but folders, one at a time, and keeps its
 * own stack, so depth and width are bounded by memory alone. Whatever is no regular file with a usable name is a problem in
 * the listing, not an exception: what it means depends on the file set and on who asks.
 *
 * The path itself may be a link to a folder: the caller named it.
 *
 * @throws StemmaError PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE for the path itself; INTERRUPTED
 */
export async function walkModel(given: string, options: WalkOptions): Promise<ModelListing> {
  const root = path.resolve(given);
  const table = new FileTable(root);
  const { kind, gitNames, problems, linksOut } = await walkFiles(root, table, options);
  const files = FileList.of(table);
  return {
    kind,
    name: path.basename(root),
    root,
    files,
    gitNames: gitNames.toSorted(compareUtf8),
    problems: problems.toSorted((a, b) => compareUtf8(a.path, b.path)),
    warnings: listingWarnings(files, linksOut),
  };
}

/**
 * The same, handing on each file as it is found.
 *
 * @param root absolute
 */
export async function walkFiles(root: string, files: FileSink, options: WalkOptions): Promise<Walked> {
  const walk = new Walk(root, options.allowSymlinks, files);
  const top = openRoot(root, walk);
  const gitNames: string[] = [];
  const pending: WalkFolder[] = top === undefined ? [] : [top];
  let entries = 0;
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const name of namesIn(folder, walk)) {
      if (folder === top && GIT.has(name.toString())) gitNames.push(name.toString());
      else walk.entry(folder, name, pending);
      if (++entries % ENTRIES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      throwIfAborted(options.signal);
    }
  }
  const { problems, linksOut } = walk;
  return { kind: top === undefined ? 'file' : 'folder', gitNames, problems, linksOut };
}

/** The folder to walk, or undefined where the model is a single file, which is then listed. */
function openRoot(root: string, walk: Walk): WalkFolder | undefined {
  const name = quote(path.basename(root));
  try {
    const folder = walk.rootFolder();
    if (folder !== undefined) return folder;
    const stat = lstatSync(root, { bigint: true });
    if (!stat.isFile() && !stat.isSymbolicLink()) {
      throw new StemmaError('NOT_A_REGULAR_FILE', `${name} is neither a folder nor a regular file`);
    }
    walk.single(stat);
    return undefined;
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
      throw new StemmaError('PATH_NOT_FOUND', `${name} does not exist`, { cause });
    }
    throw new StemmaError('FILE_UNREADABLE', `${name} cannot be read (${cause.code})`, { cause });
  }
}

/** Names as bytes: a name that is not UTF-8 must be seen as such. */
function* namesIn(folder: WalkFolder, walk: Walk): Generator<Buffer> {
  try {
    // Not readdir, which would hold a million names at once. The types know `encoding: 'buffer'` for readdir alone.
    const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 256 };
    const dir = opendirSync(folder.location, options) as unknown as BufferDir;
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) yield entry.name;
    } finally {
      dir.closeSync();
    }
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    walk.problem(folder.path, 'unreadable', `folder ${quote(folder.path)} cannot be read (${cause.code})`);
  }
}

interface BufferDir {
  readSync(): { readonly name: Buffer } | null;
  closeSync(): void;
}
