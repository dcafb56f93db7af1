import { createHash } from 'node:crypto';
import { link, realpath, unlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { mayLive, parseHolder, readLock, thisProcess } from './lock-holder.ts';
import { temporaryFiles, temporaryName } from './temporary.ts';

const WAIT_MS = 30_000;
const POLL_MS = 25;

/**
 * Runs `work` while holding an exclusive lock for `file`, which need not exist; a second process waits up to 30 seconds. The
 * lock excludes processes of one user that share a temporary folder (docs/decisions/0007-evidence-on-disk.md).
 *
 * @throws StemmaError LOCK_TIMEOUT, WRITE_FAILED, INTERRUPTED; whatever `work` throws
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: AbortOptions = {}): Promise<T> {
  const lock = await lockPath(file);
  for (let waited = 0; !(await acquire(lock)); waited += POLL_MS) {
    throwIfAborted(options.signal);
    if (waited >= WAIT_MS) {
      throw new StemmaError(
        'LOCK_TIMEOUT',
        `${path.basename(file)} is locked by another stemma process for over ${WAIT_MS / 1000} s`,
        { hint: `wait for it to finish; if none is running, remove ${path.basename(lock)} from the temporary folder` },
      );
    }
    await sleep(POLL_MS);
  }
  try {
    throwIfAborted(options.signal);
    await removeDrafts(lock);
    return await work();
  } finally {
    await unlink(lock).catch(() => undefined);
  }
}

/**
 * The lock of a file lies in the temporary folder of the machine, under a name derived from the file's real path: a lock
 * inside the model would be hashed by whoever walks it meanwhile.
 */
async function lockPath(file: string): Promise<string> {
  const id = createHash('sha256')
    .update(await realPathOf(path.resolve(file)))
    .digest('hex')
    .slice(0, 32);
  return path.join(os.tmpdir(), `stemma-${process.getuid?.() ?? 0}-${id}.lock`);
}

/** The real path of the folders that exist, and the rest as it will be. The last component is never followed. */
async function realPathOf(file: string): Promise<string> {
  const folder = path.dirname(file);
  if (folder === file) return file;
  const real = await realpath(folder).catch(() => realPathOf(folder));
  return path.join(real, path.basename(file));
}

async function acquire(lock: string): Promise<boolean> {
  if (await create(lock)) return true;
  if (!(await isStale(lock))) return false;
  // Two processes that both saw it stale must not both remove it, or the second would remove the first one's new lock: so
  // the removal has a lock of its own, and looks again while it holds it.
  const removal = `${lock}.removal`;
  if (!(await create(removal))) {
    if (await isStale(removal)) await unlink(removal).catch(() => undefined);
    return false;
  }
  try {
    if (await isStale(lock)) await unlink(lock).catch(() => undefined);
  } finally {
    await unlink(removal).catch(() => undefined);
  }
  return create(lock);
}

/** A hard link puts the lock there with its holder in it, at once; false where there is one already. */
async function create(lock: string): Promise<boolean> {
  const draft = path.join(path.dirname(lock), temporaryName(lock));
  try {
    await writeFile(draft, JSON.stringify(await thisProcess()), { flag: 'wx', mode: 0o600 });
    await link(draft, lock);
    return true;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'EEXIST') return false;
    throw new StemmaError('WRITE_FAILED', `cannot create a lock in the temporary folder: ${code}`, { cause });
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** Removes what killed processes left of unfinished locks. One that says nothing may be in the making, and is left. */
async function removeDrafts(lock: string): Promise<void> {
  for (const draft of await temporaryFiles([lock, `${lock}.removal`], path.dirname(lock))) {
    const found = await readLock(draft);
    const holder = typeof found === 'string' ? undefined : parseHolder(found.text);
    if (holder !== undefined && !(await mayLive(holder))) await unlink(draft).catch(() => undefined);
  }
}

/**
 * True where the process that made the lock is gone, so that a killed `attest` does not block the next one.
 *
 * @throws StemmaError LOCK_TIMEOUT at once where somebody else put something in its place: waiting would not help
 */
async function isStale(lock: string): Promise<boolean> {
  const found = await readLock(lock);
  if (found === 'gone') return false;
  if (found === 'foreign') {
    const name = path.basename(lock);
    throw new StemmaError('LOCK_TIMEOUT', `${name} in the temporary folder is not a lock file of this user`, {
      hint: 'see who put it there and have it removed, or set TMPDIR to a folder of your own',
    });
  }
  const holder = parseHolder(found.text);
  // A lock appears with its holder in it: a file that names none is held by nobody.
  return holder === undefined || !(await mayLive(holder));
}
