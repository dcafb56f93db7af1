import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { StemmaError } from '../errors/index.ts';

export type FileContent = string | Uint8Array | AsyncIterable<string | Uint8Array>;

export interface WriteOptions {
  /** Default 0644. */
  readonly mode?: number;
  /** A folder on the same file system for the temporary file: keeps it out of a model that others may be hashing. */
  readonly temporaryFolder?: string;
}

const failed = (file: string, cause: unknown): StemmaError => {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return new StemmaError('WRITE_FAILED', `cannot write ${path.basename(file)}: ${code}`, {
    cause,
    hint: 'nothing was left half-written; make room or choose another place with --output-dir',
  });
};

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, content: FileContent): Promise<void> {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    await handle.writeFile(content);
    return;
  }
  for await (const chunk of content) await handle.writeFile(chunk);
}

/** A temporary folder on the file system of `folder`: its parent where that is the same file system and writable, else itself. */
export async function temporaryFolderFor(folder: string): Promise<string> {
  const parent = path.dirname(path.resolve(folder));
  try {
    const [inner, outer] = await Promise.all([stat(folder), stat(parent)]);
    if (inner.dev !== outer.dev) return folder;
    const probe = path.join(parent, temporaryName('probe'));
    const handle = await open(probe, 'wx', 0o600);
    await handle.close();
    await unlink(probe);
    return parent;
  } catch {
    return folder;
  }
}

function temporaryName(base: string): string {
  return `.${base}.${randomBytes(8).toString('hex')}.stemma-tmp`;
}

/**
 * Writes a file so that it is there whole or not at all: a temporary file, fsync, rename, fsync of the folder. A symbolic link
 * in its place is refused: we never write through one (design §3).
 *
 * @throws StemmaError SYMLINK_REFUSED, WRITE_FAILED; whatever `content` throws, with nothing left behind
 */
export async function writeFileAtomic(file: string, content: FileContent, options: WriteOptions = {}): Promise<void> {
  const folder = path.dirname(file);
  const present = await lstat(file).catch(() => undefined);
  if (present?.isSymbolicLink() === true) {
    throw new StemmaError('SYMLINK_REFUSED', `${path.basename(file)} is a symbolic link, and is not written through`, {
      hint: 'write elsewhere with --output-dir',
    });
  }
  const temporary = path.join(options.temporaryFolder ?? folder, temporaryName(path.basename(file)));
  let handle: FileHandle | undefined;
  try {
    await mkdir(folder, { recursive: true });
    handle = await open(temporary, 'wx', options.mode ?? 0o644);
    await writeAll(handle, content);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, file);
    await syncFolder(folder);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw cause instanceof StemmaError ? cause : failed(file, cause);
  }
}
