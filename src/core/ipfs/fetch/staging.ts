import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { equalBytes, quote } from '../../bytes/index.ts';
import { sha256 } from '../../digest/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { makeFolder, syncFolder } from '../../evidence/index.ts';
import { MAX_BLOCK_BYTES } from '../block.ts';
import { formatCid } from '../cid.ts';
import type { PieceOptions, UnixFsFile } from '../read/file.ts';

/** Neither read nor written through a link, and never blocked by a FIFO. */
const OPEN = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface Written {
  /** Bytes that lay there from an earlier, unfinished fetch. */
  readonly reused: number;
}

/**
 * What has been fetched so far, beside where it will be and on the same file system. Its name comes from the CID, so that a
 * second run finds what the first one left; whatever lies there is used only after its digest was held to the CID again.
 */
export class Staging {
  readonly #output: string;
  readonly #folder: string;
  readonly #folders = new Set<string>();
  #files = 0;

  private constructor(output: string, folder: string) {
    this.#output = output;
    this.#folder = folder;
  }

  /** Where the staging folder of a fetch is: the lock of two fetches of the same. */
  static locationOf(output: string, root: CID): string {
    return path.join(path.dirname(output), `.stemma-fetch-${formatCid(root)}`);
  }

  /** @throws StemmaError WOULD_OVERWRITE, WRITE_FAILED, SYMLINK_REFUSED */
  static async open(output: string, root: CID): Promise<Staging> {
    await requireAbsent(output);
    const folder = Staging.locationOf(output, root);
    try {
      await makeFolder(path.dirname(output));
      await ownFolder(folder, 0o700);
    } catch (cause) {
      throw failed(output, cause);
    }
    return new Staging(output, folder);
  }

  get #content(): string {
    return path.join(this.#folder, 'content');
  }

  /**
   * Writes one file, without the parts that lie there already, and syncs it.
   *
   * @param onBytes told of each piece that is in place
   * @throws StemmaError WRITE_FAILED, SYMLINK_REFUSED, and as `pieces`
   */
  async write(
    file: UnixFsFile,
    { signal, onBytes }: Pick<PieceOptions, 'signal'> & { readonly onBytes: (bytes: number) => void },
  ): Promise<Written> {
    const handle = await this.#openFile(file.path);
    try {
      const present = (await handle.stat()).size;
      let reusedBytes = 0;
      const have: PieceOptions['have'] = async ({ cid, size }, offset) => {
        if (size > MAX_BLOCK_BYTES || offset + size > present) return undefined;
        const bytes = Buffer.allocUnsafe(size);
        const { bytesRead } = await handle.read(bytes, 0, size, offset);
        return bytesRead === size && equalBytes(sha256(bytes), cid.multihash.digest) ? bytes : undefined;
      };
      for await (const { offset, bytes, reused } of file.pieces({ signal, have })) {
        if (reused) reusedBytes += bytes.length;
        else await writeWhole(handle, bytes, offset, file.path);
        onBytes(bytes.length);
      }
      await handle.truncate(file.size);
      await handle.sync();
      this.#files++;
      return { reused: reusedBytes };
    } catch (cause) {
      throw cause instanceof StemmaError ? cause : failed(file.path, cause);
    } finally {
      await handle.close();
    }
  }

  /** Leaves what was fetched for the next run; nothing where nothing was. */
  async keep(): Promise<void> {
    await rmdir(this.#folder).catch(() => undefined);
  }

  /**
   * Puts all of it in place at once, where there is nothing yet.
   *
   * @throws StemmaError WRITE_FAILED, WOULD_OVERWRITE, and nothing is in place then
   */
  async commit(kind: 'file' | 'folder'): Promise<void> {
    const content = this.#content;
    try {
      if (kind === 'folder') {
        // A DAG of folders without a file is a model without a byte; the walk below says so.
        const found = await countFiles(content);
        if (found !== this.#files) throw strangers(this.#folder, found, this.#files);
        for (const folder of this.#folders) await syncFolder(folder);
        await requireAbsent(this.#output);
        await rename(content, this.#output);
      } else {
        // Unlike a rename, a link never replaces what somebody put there meanwhile.
        await link(content, this.#output);
      }
      await syncFolder(path.dirname(this.#output));
      await rm(this.#folder, { recursive: true });
    } catch (cause) {
      if (cause instanceof StemmaError) throw cause;
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') await requireAbsent(this.#output);
      throw failed(this.#output, cause);
    }
  }

  async #openFile(relative: string): Promise<FileHandle> {
    const parts = relative.split('/');
    const target = relative === '' ? this.#content : path.join(this.#content, ...parts);
    try {
      if (relative !== '') {
        let folder = this.#content;
        for (const part of ['', ...parts.slice(0, -1)]) {
          folder = path.join(folder, part);
          if (this.#folders.has(folder)) continue;
          await ownFolder(folder, 0o777);
          this.#folders.add(folder);
        }
      }
      const handle = await open(target, OPEN, 0o666);
      const stat = await handle.stat();
      if (stat.isFile() && stat.nlink === 1) return handle;
      await handle.close();
      throw new StemmaError('SYMLINK_REFUSED', `${quote(relative, 80)} in the staging folder is not a file of its own`);
    } catch (cause) {
      throw cause instanceof StemmaError ? cause : failed(relative, cause);
    }
  }
}

/** Makes a folder, or takes one of this user that is there; nothing is written through a link that somebody put in its place. */
async function ownFolder(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    const stat = await lstat(folder);
    const own = process.getuid === undefined || stat.uid === process.getuid();
    if (stat.isDirectory() && own && (mode !== 0o700 || (stat.mode & 0o022) === 0)) return;
    throw new StemmaError(
      'SYMLINK_REFUSED',
      `${quote(path.basename(folder), 100)} is not a private folder of this user`,
      {
        hint: 'see who made it, remove it, and fetch again',
      },
    );
  }
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array, offset: number, name: string): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle
      .write(bytes, done, bytes.length - done, offset + done)
      .catch((cause: unknown) => {
        throw failed(name, cause);
      });
    done += bytesWritten;
  }
}

async function countFiles(folder: string): Promise<number> {
  let found = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (!entry.isDirectory()) found++;
  return found;
}

/** More: somebody else's. Fewer: names that are one to this file system, as with upper and lower case on macOS. */
function strangers(folder: string, found: number, expected: number): StemmaError {
  return new StemmaError('WRITE_FAILED', `fetched ${expected} files, and found ${found} in the staging folder`, {
    hint:
      found > expected
        ? `remove ${path.basename(folder)} and fetch again`
        : 'this file system takes two of the names for one; fetch to one that tells upper from lower case',
  });
}

async function requireAbsent(output: string): Promise<void> {
  const there = await lstat(output).then(
    () => true,
    () => false,
  );
  if (!there) return;
  throw new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(output), 100)} exists already`, {
    hint: 'choose another --output; what is there is never written over',
  });
}

function failed(name: string, cause: unknown): unknown {
  if (cause instanceof StemmaError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return new StemmaError('WRITE_FAILED', `cannot write ${quote(path.basename(name), 100)}: ${code}`, {
    cause,
    hint: 'what was fetched so far is kept: make room and run the same command again',
  });
}
