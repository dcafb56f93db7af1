import type { BigIntStats } from 'node:fs';
import { quote } from '../../bytes/index.ts';
import type { FileIdentity } from '../../digest/index.ts';
import { type ErrorCode, StemmaError } from '../../errors/index.ts';
import type { FileList } from './file-list.ts';

/** A regular file of a model, as the walk saw it. */
export interface ModelFile {
  /** Among all files of the listing. */
  readonly index: number;
  /** Relative to the model with `/`; empty for a single-file model. Untrusted text. */
  readonly path: string;
  /** Absolute; for a link that was followed, the real path of what it names, so that opening never follows a link again. */
  readonly location: string;
  readonly size: number;
  readonly identity: FileIdentity;
  /** Hard links to this inode (`st_nlink`). */
  readonly links: number;
  /** `followed-link`: reached through a symbolic link that only `allowSymlinks` permits. */
  readonly via: 'file' | 'huggingface-link' | 'followed-link';
}

/** Takes the regular files as they are found. */
export interface FileSink {
  /**
   * @param at relative to the root
   * @param location where the file lies: absolute
   * @param stat whose size is a safe integer
   */
  push(at: string, location: string, stat: BigIntStats, via: ModelFile['via']): void;
}

export type WalkProblemKind =
  | 'symlink'
  | 'dangling-symlink'
  | 'symlink-loop'
  | 'side-file-is-folder'
  | 'not-regular'
  | 'name-not-utf8'
  | 'name-refused'
  | 'unreadable';

/** Something below the model that is no regular file with a usable name. Data, since verifying reports it as a check. */
export interface WalkProblem {
  /** Relative to the model; bytes that are not UTF-8 are written `\xNN`. Untrusted text. */
  readonly path: string;
  readonly kind: WalkProblemKind;
  readonly message: string;
}

export interface ModelListing {
  readonly kind: 'folder' | 'file';
  /** Base name of the path that was walked. */
  readonly name: string;
  /** Absolute path of the folder or file, as given. */
  readonly root: string;
  /**
   * Every regular file below the folder, sorted by the UTF-8 bytes of its path. Side files and `.cache/huggingface` are in it;
   * the top-level Git names are not.
   */
  readonly files: FileList;
  /** Top-level Git names that are there; the walk does not enter them. */
  readonly gitNames: readonly string[];
  readonly problems: readonly WalkProblem[];
  /** Names that collide on other file systems, hard links, links out of the model. */
  readonly warnings: readonly string[];
}

const PROBLEM_CODES: Readonly<Record<WalkProblemKind, ErrorCode>> = {
  symlink: 'SYMLINK_REFUSED',
  'dangling-symlink': 'SYMLINK_REFUSED',
  'symlink-loop': 'SYMLINK_REFUSED',
  'side-file-is-folder': 'MODEL_UNSUPPORTED',
  'not-regular': 'NOT_A_REGULAR_FILE',
  'name-not-utf8': 'PATH_INVALID',
  'name-refused': 'PATH_INVALID',
  unreadable: 'FILE_UNREADABLE',
};

const FOLLOW_LINKS = 'copy the file into the model, or follow links with --allow-symlinks';

/**
 * The error that a problem is where a model must be whole: when attesting or digesting.
 *
 * @param ofLinks what to do about a symbolic link
 */
export function walkProblemError(problem: WalkProblem, ofLinks = FOLLOW_LINKS): StemmaError {
  const hint = problem.kind === 'symlink' ? ofLinks : undefined;
  return new StemmaError(PROBLEM_CODES[problem.kind], problem.message, {
    details: { path: problem.path, kind: problem.kind },
    ...(hint === undefined ? {} : { hint }),
  });
}

export function modelEmpty({ name }: ModelListing): StemmaError {
  return new StemmaError('MODEL_EMPTY', `${quote(name)} has no file to commit to`);
}
