import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { quote } from '../../bytes/index.ts';
import { Meter } from '../../digest/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { withLock } from '../../evidence/index.ts';
import type { AbortOptions, ProgressOptions } from '../../progress/index.ts';
import type { BlockSource } from '../block.ts';
import { formatCid } from '../cid.ts';
import { openDag } from '../read/folder.ts';
import { Staging } from './staging.ts';

export interface FetchOptions extends AbortOptions, ProgressOptions {
  /** Of all files together; default 1 TiB. A small DAG can stand for any number of bytes. */
  readonly maxBytes?: number | undefined;
}

/** What was fetched, and is in place. */
export interface Fetched {
  readonly cid: string;
  readonly kind: 'file' | 'folder';
  readonly files: number;
  readonly bytes: number;
  /** Bytes that an earlier, unfinished fetch had left and that were held to the CID again. */
  readonly reused: number;
}

const DEFAULT_MAX_BYTES = 2 ** 40;

/**
 * Fetches a UnixFS file or folder and puts it in place whole, or not at all. Every block is held to its CID as it arrives, on the
 * way down from the root that the caller named, so that nothing depends on who sent it. What an interrupted fetch has written
 * lies in `.stemma-fetch-CID` beside the output, and the next one uses of it what is still what it has to be.
 *
 * @param output must not exist; the folders above it are made
 * @throws StemmaError WOULD_OVERWRITE, WRITE_FAILED, SYMLINK_REFUSED, LOCK_TIMEOUT, TOO_LARGE, UNIXFS_INVALID, CID_INVALID,
 *   INTERRUPTED, and as the source
 */
export async function fetchDag(
  source: BlockSource,
  root: CID,
  output: string,
  options: FetchOptions = {},
): Promise<Fetched> {
  const target = path.resolve(output);
  // Before a byte travels, and once more when it is put in place.
  const work = () => fetchLocked(source, root, target, options);
  return withLock(Staging.locationOf(target, root), work, options);
}

async function fetchLocked(source: BlockSource, root: CID, output: string, options: FetchOptions): Promise<Fetched> {
  const staging = await Staging.open(output, root);
  try {
    return await fetchInto(staging, source, root, { ...options, output });
  } catch (error) {
    await staging.keep();
    throw error;
  }
}

async function fetchInto(
  staging: Staging,
  source: BlockSource,
  root: CID,
  { output, maxBytes = DEFAULT_MAX_BYTES, signal, onProgress }: FetchOptions & { readonly output: string },
): Promise<Fetched> {
  const { kind, claimedBytes, files } = await openDag(source, root, { maxBytes }, { signal });
  await requireRoom(output, claimedBytes);
  const total = { files: 0, bytes: 0, reused: 0 };
  const meter = new Meter({ phase: 'fetching', signal, onProgress }, claimedBytes, () => total.bytes);
  try {
    for await (const file of files) {
      refuseRepository(file.path);
      meter.startFile(file.path);
      const { reused } = await staging.write(file, { signal, onBytes: (bytes) => (total.bytes += bytes) });
      total.files++;
      total.reused += reused;
    }
  } finally {
    meter.stop();
  }
  if (total.files === 0) {
    throw new StemmaError('UNIXFS_INVALID', `${formatCid(root)} is a folder without a file`);
  }
  await staging.commit(kind);
  return { cid: formatCid(root), kind, ...total };
}

/** Git runs what the configuration of a repository names, in whatever folder somebody calls it: none comes from strangers. */
function refuseRepository(file: string): void {
  if (!file.split('/').some((part) => /^(?:\.git|git~\d)$/i.test(part))) return;
  throw new StemmaError('UNIXFS_INVALID', `the folder holds ${quote(file, 100)}, a part of a Git repository`, {
    hint: 'Git runs commands that such files name; ipfs get fetches them, if you trust who made them',
  });
}

/** What the root claims to weigh may be a lie in either direction: too much is met here, too little by a full disk. */
async function requireRoom(output: string, bytes: number): Promise<void> {
  const disk = await statfs(path.dirname(output)).catch(() => undefined);
  if (disk === undefined || bytes <= disk.bavail * disk.bsize) return;
  throw new StemmaError('WRITE_FAILED', `the DAG says that it holds ${bytes} bytes, and the disk has less free`, {
    hint: 'make room, or choose an --output on another disk',
  });
}
