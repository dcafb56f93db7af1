import { constants } from 'node:fs';
import { lstat, open, rename, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { StemmaError } from '../errors/index.ts';
import { makeFolder } from './make-folder.ts';
import { refuseSecret } from './secret-in-place.ts';
import { temporaryName } from './temporary.ts';

export type FileContent = string | Uint8Array | AsyncIterable<string | Uint8Array>;

export interface WriteOptions {
  /** A folder on the same file system for the temporary file; default beside the file. */
  readonly temporaryFolder?: string;
}

/** A file that is written and synced under a temporary name. Exactly one of the two is to be called. */
export interface StagedFile {
  /** Base name of the file that it will be. */
  readonly name: string;
  /** Puts it in place. @throws StemmaError WRITE_FAILED, with nothing left behind */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

const failed = (file: string, cause: unknown): StemmaError => {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return new StemmaError('WRITE_FAILED', `cannot write ${path.basename(file)}: ${code}`, {
    cause,
    hint: 'nothing was left half-written; make room, or choose another place',
  });
};

/**
 * Writes a file whole, under a temporary name. Several are staged before the first is put in place, so that a full disk is
 * met while nothing has changed yet. A symbolic link in its place is refused: we never write through one (design §3). So is a
 * private key: whatever is written over it, it was not meant to be.
 *
 * @throws StemmaError SYMLINK_REFUSED, WOULD_OVERWRITE, WRITE_FAILED; whatever `content` throws; with nothing left behind
 */
export async function stageFile(file: string, content: FileContent, options: WriteOptions = {}): Promise<StagedFile> {
  const folder = path.dirname(file);
  const present = await lstat(file).catch(() => undefined);
  if (present?.isSymbolicLink() === true) {
    throw new StemmaError('SYMLINK_REFUSED', `${path.basename(file)} is a symbolic link, and is not written through`, {
      hint: 'choose another place to write to',
    });
  }
  if (present !== undefined) await refuseSecret(file, present);
  const temporary = path.join(options.temporaryFolder ?? folder, temporaryName(file));
  let made: string | undefined;
  const discard = async (): Promise<void> => {
    await unlink(temporary).catch(() => undefined);
    if (made !== undefined) await removeEmpty(folder, made);
  };
  try {
    made = await makeFolder(folder);
    await writeSynced(temporary, content);
  } catch (cause) {
    await discard();
    throw cause instanceof StemmaError ? cause : failed(file, cause);
  }
  return {
    name: path.basename(file),
    discard,
    commit: async () => {
      try {
        await rename(temporary, file);
        await syncFolder(folder);
      } catch (cause) {
        await discard();
        throw failed(file, cause);
      }
    },
  };
}

/** Stages a file and puts it in place at once: temporary file, fsync, rename, fsync of the folder. @throws as `stageFile` */
export async function writeFileAtomic(file: string, content: FileContent, options: WriteOptions = {}): Promise<void> {
  const staged = await stageFile(file, content, options);
  await staged.commit();
}

/** Writes a file that is not there yet, and syncs it. @throws as Node does, EEXIST among others; whatever `content` throws */
export async function writeSynced(file: string, content: FileContent, mode = 0o644): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    if (typeof content === 'string' || content instanceof Uint8Array) await handle.writeFile(content);
    // Each call goes on where the last one ended.
    else for await (const chunk of content) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames in a folder last. @throws as Node does */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is as durable as it gets.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes the folders that were made for a file that is not written after all, from the inside out. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  for (let at = folder; at.length >= first.length; at = path.dirname(at)) {
    if (
      !(await rmdir(at).then(
        () => true,
        () => false,
      ))
    )
      return;
  }
}
