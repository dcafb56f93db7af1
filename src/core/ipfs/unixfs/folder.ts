import { compareUtf8, encodeUtf8, quote } from '../../bytes/index.ts';
import { LazyList, type List } from '../../digest/pure.ts';
import { StemmaError } from '../../errors/index.ts';
import type { HashFunction } from '../../merkle/index.ts';
import { buildDirectory, type Child, type Entry, type TreeNode } from './directory.ts';
import type { Linked } from './node.ts';

/** The files of a folder: their paths, by UTF-8 bytes, and the roots of their DAGs. */
export interface FolderFiles {
  readonly paths: List<string>;
  /** @param file index of a path */
  rootOf(file: number): Linked;
}

/**
 * The directories of a folder, from the inside out, as a tree under the root. Every folder above a file is one; an empty one
 * has no place in it.
 *
 * @throws StemmaError PATH_INVALID where a name is given twice, MODEL_UNSUPPORTED
 */
export function buildFolder(files: FolderFiles, sha256: HashFunction): TreeNode {
  return directory(files, { start: 0, end: files.paths.length, prefix: 0 }, sha256);
}

/** The files of one directory: `[start, end)`, whose paths begin with the same `prefix` characters. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly prefix: number;
}

interface Folder {
  readonly name: string;
  readonly node: TreeNode;
}

function directory(files: FolderFiles, range: Range, sha256: HashFunction): TreeNode {
  const own: number[] = [];
  const folders: Folder[] = [];
  for (let at = range.start; at < range.end; ) {
    const rest = nameIn(files, at, range);
    const slash = rest.indexOf('/');
    if (slash < 0) {
      own.push(at++);
      continue;
    }
    // All paths below one folder are together: they are sorted by their bytes.
    const inside = rest.slice(0, slash + 1);
    const start = at;
    while (at < range.end && nameIn(files, at, range).startsWith(inside)) at++;
    const below = { start, end: at, prefix: range.prefix + inside.length };
    folders.push({ name: inside.slice(0, -1), node: directory(files, below, sha256) });
  }
  return buildDirectory(entriesOf(files, range, own, folders), sha256);
}

function nameIn({ paths }: FolderFiles, file: number, { prefix }: Range): string {
  return (paths.at(file) as string).slice(prefix);
}

/** By name: the order of the paths is another one, in which a folder's name ends with a slash. */
function entriesOf(files: FolderFiles, range: Range, own: readonly number[], folders: Folder[]): LazyList<Entry> {
  folders.sort((a, b) => compareUtf8(a.name, b.name));
  const order: (number | Folder)[] = [];
  let next = 0;
  for (const file of own) {
    const name = nameIn(files, file, range);
    for (; next < folders.length; next++) {
      const folder = folders[next] as Folder;
      if (compareUtf8(folder.name, name) > 0) break;
      order.push(folder);
    }
    order.push(file);
  }
  for (const folder of folders.slice(next)) order.push(folder);
  const nameOf = (item: number | Folder): string => (typeof item === 'number' ? nameIn(files, item, range) : item.name);
  requireEachOnce(order, nameOf);
  return new LazyList(order.length, (i) => {
    const item = order[i] as number | Folder;
    const child: Child = typeof item === 'number' ? item : item.node;
    const linked = typeof child === 'number' ? files.rootOf(child) : child;
    return { name: encodeUtf8(nameOf(item)), child, linked };
  });
}

function requireEachOnce<T>(order: readonly T[], nameOf: (item: T) => string): void {
  let last: string | undefined;
  for (const item of order) {
    const name = nameOf(item);
    if (name === last) throw new StemmaError('PATH_INVALID', `${quote(name)} is there twice in one folder`);
    last = name;
  }
}
