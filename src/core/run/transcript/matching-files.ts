import { constants } from 'node:fs';
import { type FileHandle, glob, lstat, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { hexEncode } from '../../bytes/index.ts';
import { StemmaError, throwIfAborted } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { digestHandle } from '../digest-handle.ts';

const MAX_FILES = 10_000;

/** A file as the file system tells it apart from an earlier one of that name. */
export interface FoundFile {
  /** Relative to the working folder, with `/`. */
  readonly name: string;
  /** Changes with every write. */
  readonly version: string;
  /** Nanoseconds. */
  readonly writtenAt: bigint;
}

export interface Search extends AbortOptions {
  /** The working folder, absolute. */
  readonly cwd: string;
  readonly patterns: readonly string[];
  /** Whether a file is none of the command's, by its absolute name. */
  readonly isOurs: (file: string) => boolean;
}

/**
 * The regular files that patterns match now, each once. No link is followed, neither to a file nor on the way to one: what lies
 * elsewhere is no checkpoint of this run.
 *
 * @throws StemmaError LIMIT_EXCEEDED for more than 10,000, INTERRUPTED
 */
export async function findFiles({ cwd, patterns, isOurs, signal }: Search): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>();
  const isBehindLink = linkFinder(cwd);
  for (const pattern of patterns) {
    for await (const match of glob(pattern, { cwd })) {
      throwIfAborted(signal);
      const name = match.split(path.sep).join('/');
      if (found.has(name) || isOurs(path.join(cwd, name)) || (await isBehindLink(path.posix.dirname(name)))) continue;
      const file = await look(cwd, name);
      if (file !== undefined) found.set(name, file);
      if (found.size > MAX_FILES) {
        throw new StemmaError('LIMIT_EXCEEDED', `more than ${MAX_FILES} files match the pattern for checkpoints`);
      }
    }
  }
  return [...found.values()];
}

/** Tells of one folder after the other whether a link leads to it; each is asked once. */
function linkFinder(cwd: string): (folder: string) => Promise<boolean> {
  const real = realpath(cwd);
  const known = new Map<string, Promise<boolean>>();
  const ask = async (folder: string): Promise<boolean> => {
    try {
      return (await realpath(path.join(cwd, folder))) !== path.join(await real, folder);
    } catch {
      // Gone meanwhile, and what lay in it as well.
      return true;
    }
  };
  return (folder) => {
    const answer = known.get(folder) ?? ask(folder);
    known.set(folder, answer);
    return answer;
  };
}

/** @returns undefined where it is no regular file, or is gone */
async function look(cwd: string, name: string): Promise<FoundFile | undefined> {
  try {
    const state = await lstat(path.join(cwd, name), { bigint: true });
    return state.isFile() ? { name, version: versionOf(state), writtenAt: state.mtimeNs } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Digests a file that was found.
 *
 * @returns lower-case hex and bytes; undefined where it is not that version of it any more, or became so meanwhile
 * @throws StemmaError INTERRUPTED
 */
export async function digestFound(
  cwd: string,
  { name, version }: FoundFile,
  { signal }: AbortOptions,
): Promise<{ readonly sha256: string; readonly size: number } | undefined> {
  let handle: FileHandle;
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    handle = await open(path.join(cwd, name), flags);
  } catch {
    return undefined;
  }
  try {
    if (versionOf(await handle.stat({ bigint: true })) !== version) return undefined;
    const { sha256, size } = await digestHandle(handle, { signal });
    const isSame = versionOf(await handle.stat({ bigint: true })) === version;
    return isSame ? { sha256: hexEncode(sha256), size } : undefined;
  } finally {
    await handle.close();
  }
}

function versionOf({
  dev,
  ino,
  size,
  mtimeNs,
  ctimeNs,
}: Record<'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs', bigint>): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
