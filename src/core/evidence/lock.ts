import { createHash } from 'node:crypto';
import { open, readFile, realpath, stat, unlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';

const WAIT_MS = 30_000;
const POLL_MS = 25;

/**
 * The lock of a file lies in the temporary folder of the machine, under a name derived from the file's real path: a lock
 * inside the model would be hashed by whoever walks it meanwhile.
 */
async function lockPath(file: string): Promise<string> {
  const folder = await realpath(path.dirname(file));
  const id = createHash('sha256')
    .update(path.join(folder, path.basename(file)))
    .digest('hex')
    .slice(0, 32);
  return path.join(os.tmpdir(), `stemma-${process.getuid?.() ?? 0}-${id}.lock`);
}

/** True where the process that wrote the lock is gone, so that a killed `attest` does not block the next one. */
async function isStale(lock: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(lock, 'utf8'));
    if (Number.isSafeInteger(pid) && pid > 0) {
      process.kill(pid, 0);
      return false;
    }
    // The holder writes its id right after creating the file: an empty one that is old was left by a crash in between.
    return (await stat(lock)).mtimeMs < performance.timeOrigin + performance.now() - WAIT_MS;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Removes a stale lock. Two processes that both saw it stale must not both remove it, or the second would remove the first
 * one's new lock: so the removal has a lock of its own, and looks again while it holds it.
 */
async function removeStale(lock: string): Promise<boolean> {
  const removal = `${lock}.removal`;
  try {
    await (await open(removal, 'wx', 0o600)).close();
  } catch {
    return false;
  }
  try {
    if (await isStale(lock)) await unlink(lock);
    return true;
  } finally {
    await unlink(removal).catch(() => undefined);
  }
}

/**
 * Runs `work` while holding an exclusive lock for `file`; a second process waits up to 30 seconds.
 *
 * @throws StemmaError LOCK_TIMEOUT, INTERRUPTED
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: AbortOptions = {}): Promise<T> {
  const lock = await lockPath(file);
  for (let waited = 0; ; waited += POLL_MS) {
    throwIfAborted(options.signal);
    try {
      const handle = await open(lock, 'wx', 0o600);
      await handle.writeFile(String(process.pid));
      await handle.close();
      break;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new StemmaError(
          'WRITE_FAILED',
          `cannot create a lock in the temporary folder: ${(cause as Error).message}`,
          { cause },
        );
      }
    }
    if ((await isStale(lock)) && (await removeStale(lock))) continue;
    if (waited >= WAIT_MS) {
      throw new StemmaError(
        'LOCK_TIMEOUT',
        `${path.basename(file)} is locked by another stemma process for over ${WAIT_MS / 1000} s`,
        {
          hint: 'wait for it to finish and try again',
        },
      );
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await unlink(lock).catch(() => undefined);
  }
}
