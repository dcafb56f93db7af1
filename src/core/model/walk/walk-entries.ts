import { type BigIntStats, lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathProblem, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { SIDE_FILE_NAMES } from './file-set.ts';
import { isSnapshotBlob } from './huggingface.ts';
import type { FileSink, ModelFile, WalkProblem, WalkProblemKind } from './listing.ts';

/** A folder to be read: where it is, and the folders above it, by which a loop of links is noticed. */
export interface WalkFolder {
  /** Relative to the model; empty for the model itself. */
  readonly path: string;
  readonly location: string;
  readonly id: string;
  readonly parent: WalkFolder | undefined;
  /** Reached through a symbolic link that was followed. */
  readonly followed: boolean;
}

/** Links to folders can fan out exponentially without any loop; no real model has this many. */
const MAX_FOLLOWED_FOLDERS = 1000;

/** Whether a file system call failed, rather than our own code. */
export function isSystemError(cause: unknown): cause is Error & { readonly code: string } {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && !(cause instanceof StemmaError);
}

/** Judges entries one by one and hands on what they are. */
export class Walk {
  readonly problems: WalkProblem[] = [];
  /** Paths of followed links whose target lies outside the model. */
  readonly linksOut: string[] = [];
  readonly #root: string;
  readonly #allowSymlinks: boolean;
  readonly #files: FileSink;
  #realFolder: { location: string; real: string } | undefined;
  #followedFolders = 0;

  constructor(root: string, allowSymlinks: boolean, files: FileSink) {
    this.#root = root;
    this.#allowSymlinks = allowSymlinks;
    this.#files = files;
  }

  /** The model as a folder to be read, where it is one or a link to one. @throws the system's error where it is nothing */
  rootFolder(): WalkFolder | undefined {
    const stat = statSync(this.#root, { bigint: true });
    if (!stat.isDirectory()) return undefined;
    return { path: '', location: this.#root, id: idOf(stat), parent: undefined, followed: false };
  }

  /** The root is a file, or a link to one, judged like any other link. */
  single(stat: BigIntStats): void {
    if (stat.isSymbolicLink()) this.#link('', this.#root, path.dirname(this.#root), undefined, []);
    else this.#file('', this.#root, stat, 'file');
  }

  problem(at: string, kind: WalkProblemKind, message: string): void {
    this.problems.push({ path: at, kind, message });
  }

  /** One entry of a folder; folders to be read are pushed to `pending`. */
  entry(folder: WalkFolder, rawName: Buffer, pending: WalkFolder[]): void {
    const name = rawName.toString('utf8');
    if (name.includes('\ufffd') && !Buffer.from(name, 'utf8').equals(rawName)) {
      const shown = join(folder.path, escapeBytes(rawName));
      this.problem(shown, 'name-not-utf8', `the name ${quote(shown)} is not UTF-8`);
      return;
    }
    const at = join(folder.path, name);
    const refused = pathProblem(name);
    if (refused !== undefined) {
      this.problem(at, 'name-refused', `the name ${quote(at)} ${refused}: no statement can list it`);
      return;
    }
    try {
      this.#classify(at, path.join(folder.location, name), folder, pending);
    } catch (cause) {
      // Whatever was there may vanish or turn into something else between two calls.
      if (!isSystemError(cause)) throw cause;
      this.problem(at, 'unreadable', `${quote(at)} cannot be read (${cause.code})`);
    }
  }

  #classify(at: string, location: string, folder: WalkFolder, pending: WalkFolder[]): void {
    const stat = lstatSync(location, { bigint: true });
    if (stat.isDirectory()) this.#folder(at, location, stat, folder, folder.followed, pending);
    else if (stat.isSymbolicLink()) this.#link(at, location, folder.location, folder, pending);
    else if (stat.isFile()) this.#file(at, location, stat, folder.followed ? 'followed-link' : 'file');
    else this.problem(at, 'not-regular', `${quote(at)} is not a regular file`);
  }

  #file(at: string, location: string, stat: BigIntStats, via: ModelFile['via']): void {
    if (stat.size > BigInt(Number.MAX_SAFE_INTEGER)) {
      this.problem(at, 'unreadable', `${quote(at)} claims ${stat.size} bytes; at most 2^53-1 are supported`);
      return;
    }
    this.#files.push(at, location, stat, via);
  }

  #folder(
    at: string,
    location: string,
    stat: BigIntStats,
    parent: WalkFolder,
    followed: boolean,
    pending: WalkFolder[],
  ): void {
    const id = idOf(stat);
    if (SIDE_FILE_NAMES.has(at)) {
      this.problem(at, 'side-file-is-folder', `${quote(at)} is a folder; a file of that name belongs to Stemma`);
    }
    if (followed) {
      for (let above: WalkFolder | undefined = parent; above !== undefined; above = above.parent) {
        if (above.id !== id) continue;
        this.problem(at, 'symlink-loop', `${quote(at)} leads back to a folder above it`);
        return;
      }
    }
    pending.push({ path: at, location, id, parent, followed });
  }

  #link(at: string, location: string, folder: string, parent: WalkFolder | undefined, pending: WalkFolder[]): void {
    let target: string;
    let stat: BigIntStats;
    try {
      target = realpathSync(location);
      stat = lstatSync(target, { bigint: true });
    } catch (cause) {
      const errno = isSystemError(cause) ? cause.code : '';
      if (errno === 'ELOOP') this.problem(at, 'symlink-loop', `${quote(at)} is a symbolic link that leads to itself`);
      else if (errno === 'ENOENT' || errno === 'ENOTDIR') {
        this.problem(at, 'dangling-symlink', `${quote(at)} is a symbolic link to nothing`);
      } else throw cause;
      return;
    }
    if (stat.isFile() && isSnapshotBlob(this.#realpath(folder), target)) {
      this.#file(at, target, stat, 'huggingface-link');
    } else if (!this.#allowSymlinks) {
      this.problem(at, 'symlink', `${quote(at)} is a symbolic link`);
    } else if (stat.isDirectory() && parent !== undefined) {
      this.#noteTarget(at, target);
      if (++this.#followedFolders > MAX_FOLLOWED_FOLDERS) {
        this.problem(at, 'symlink', `${quote(at)} is one of more than ${MAX_FOLLOWED_FOLDERS} links to folders`);
      } else this.#folder(at, target, stat, parent, true, pending);
    } else if (stat.isFile()) {
      this.#noteTarget(at, target);
      this.#file(at, target, stat, 'followed-link');
    } else this.problem(at, 'not-regular', `${quote(at)} is a symbolic link to something that is no regular file`);
  }

  #noteTarget(at: string, target: string): void {
    const relative = path.relative(realpathSync(this.#root), target);
    if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) this.linksOut.push(at);
  }

  /** Remembers the last folder: a snapshot is a folder full of links. */
  #realpath(location: string): string {
    if (this.#realFolder?.location !== location) this.#realFolder = { location, real: realpathSync(location) };
    return this.#realFolder.real;
  }
}

function idOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}`;
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** ASCII as it is, every other byte as `\xNN`: two different names stay different. */
function escapeBytes(name: Buffer): string {
  let out = '';
  for (const byte of name) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    out += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return out;
}
