import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { compareUtf8, pathProblem, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import type { Dag } from './dag.ts';
import type { DagSource, ListedFile } from './source.ts';
import { sourceDag } from './source-dag.ts';

/** A file of a small folder: its bytes, or where they lie (an absolute path; a symbolic link is refused). */
export interface DagFile {
  /** Relative to the root with `/`; canonical (`pathProblem`). */
  readonly path: string;
  readonly source: Uint8Array | { readonly file: string };
}

/**
 * The DAG of a folder of these files.
 *
 * @throws StemmaError PATH_INVALID, PATH_NOT_FOUND, SYMLINK_REFUSED, NOT_A_REGULAR_FILE, FILE_UNREADABLE, FILE_CHANGED, INTERRUPTED
 */
export async function filesDag(files: readonly DagFile[], options: AbortOptions = {}): Promise<Dag> {
  const sources: DagSource[] = [];
  for (const { path, source } of files.toSorted((a, b) => compareUtf8(a.path, b.path))) {
    const problem = pathProblem(path);
    if (problem !== undefined) throw new StemmaError('PATH_INVALID', `${quote(path)} ${problem}`);
    sources.push({ path, content: source instanceof Uint8Array ? source : await listFile(source.file, path) });
  }
  return sourceDag('folder', sources, { ...options, phase: 'hashing files' });
}

/**
 * What a file is now, for reading it later.
 *
 * @param location absolute path
 * @param name for messages
 * @throws StemmaError PATH_NOT_FOUND, SYMLINK_REFUSED, NOT_A_REGULAR_FILE, FILE_UNREADABLE
 */
export async function listFile(location: string, name: string): Promise<ListedFile> {
  const file = await listIfPresent(location, name);
  if (file === undefined) throw new StemmaError('PATH_NOT_FOUND', `no such file: ${quote(path.basename(location))}`);
  return file;
}

/** The same; undefined where there is none. @throws as `listFile`, without PATH_NOT_FOUND */
export async function listIfPresent(location: string, name: string): Promise<ListedFile | undefined> {
  let stat: Awaited<ReturnType<typeof statOf>>;
  try {
    stat = await statOf(location);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new StemmaError('FILE_UNREADABLE', `cannot read ${quote(name)}: ${code}`, { cause });
  }
  if (stat.isSymbolicLink()) throw new StemmaError('SYMLINK_REFUSED', `${quote(name)} is a symbolic link`);
  if (!stat.isFile()) throw new StemmaError('NOT_A_REGULAR_FILE', `${quote(name)} is not a regular file`);
  const identity = { dev: stat.dev, ino: stat.ino, size: Number(stat.size), mtimeNs: stat.mtimeNs };
  return { path: name, location, followLink: false, identity };
}

function statOf(location: string) {
  return lstat(location, { bigint: true });
}
