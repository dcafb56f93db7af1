import path from 'node:path';
import { compareUtf8 } from '../bytes/index.ts';
import { LazyList, type List } from '../digest/index.ts';
import { evidenceLocations } from '../evidence/index.ts';
import {
  type FileList,
  fileSet,
  type ModelFile,
  type ModelListing,
  modelEmpty,
  SIDE_FILES,
  walkModel,
  walkProblemError,
} from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { Dag } from './dag.ts';
import { listIfPresent } from './files-dag.ts';
import type { DagSource, ListedFile } from './source.ts';
import { sourceDag } from './source-dag.ts';

export interface ModelDagOptions extends AbortOptions, ProgressOptions {
  /** With the side files, as one downloads a release: a single file becomes a folder of it and of its side files. */
  readonly release: boolean;
  /** Canonical paths (`parseModelPaths`) to leave out. */
  readonly ignored: readonly string[];
  readonly allowSymlinks: boolean;
  /** Threads that hash; default one per core. */
  readonly jobs?: number;
}

const SIDE_FILE_NAMES: ReadonlySet<string> = new Set(Object.values(SIDE_FILES));

/**
 * The DAG of a model by the profile `unixfs-v1-2025`, over the file set of design §3 (docs/formats/cids.md).
 *
 * @param root absolute path of a folder or a file
 * @throws StemmaError MODEL_EMPTY, SYMLINK_REFUSED, PATH_INVALID, MODEL_UNSUPPORTED, NOT_A_REGULAR_FILE, FILE_UNREADABLE,
 *   FILE_CHANGED, PATH_NOT_FOUND, INTERRUPTED
 */
export async function modelDag(root: string, options: ModelDagOptions): Promise<Dag> {
  const listing = await walkModel(root, options);
  const set = fileSet(listing, options);
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  if (set.files.length === 0) throw modelEmpty(listing);
  for (const warning of listing.warnings) options.onWarning?.(warning);
  const work = { phase: 'hashing model', ...options };
  if (listing.kind === 'folder') {
    const isReleased = (file: ModelFile): boolean =>
      set.files.positionOf(file) !== undefined || SIDE_FILE_NAMES.has(file.path);
    return sourceDag('folder', sourcesOf(options.release ? listing.files.filter(isReleased) : set.files), work);
  }
  if (!options.release) return sourceDag('file', [singleFile(listing, '')], work);
  return sourceDag('folder', await releaseOfFile(listing), work);
}

function sourcesOf(files: FileList): List<DagSource> {
  return new LazyList(files.length, (i) => {
    const file = files.at(i) as ModelFile;
    return { path: file.path, content: listed(file, file.path) };
  });
}

/** The walk resolved the links that count: a link here was put there since. */
function listed({ location, identity }: ModelFile, name: string): ListedFile {
  return { path: name, location, followLink: false, identity };
}

function singleFile({ files, name }: ModelListing, at: string): DagSource {
  return { path: at, content: listed(files.at(0) as ModelFile, name) };
}

/** A single file under its name, and its side files under theirs. */
async function releaseOfFile(listing: ModelListing): Promise<DagSource[]> {
  const sources = [singleFile(listing, listing.name)];
  for (const location of Object.values(evidenceLocations(listing.root, 'file'))) {
    const name = path.basename(location);
    const content = await listIfPresent(location, name);
    if (content !== undefined) sources.push({ path: name, content });
  }
  return sources.toSorted((a, b) => compareUtf8(a.path, b.path));
}
