import { constants } from 'node:fs';
import { open, readFile, readlink } from 'node:fs/promises';

/** Who holds a lock. A process id alone would not do: it is used again, after a restart of a container at once. */
export interface LockHolder {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process, where the system tells (Linux), else empty. */
  readonly started: string;
  /** The process namespace in which the id counts (Linux), else empty. */
  readonly namespace: string;
}

export async function thisProcess(): Promise<LockHolder> {
  return { pid: process.pid, started: await startOf(process.pid), namespace: await ownNamespace() };
}

/** Reads what a lock file holds; undefined where it is not what we write. */
export function parseHolder(text: string): LockHolder | undefined {
  const match = /^\{"pid":([1-9]\d{0,9}),"started":"(\d{0,20})","namespace":"([\w:[\]]{0,40})"\}$/.exec(text);
  return match === null ? undefined : { pid: Number(match[1]), started: match[2] ?? '', namespace: match[3] ?? '' };
}

/** More than any lock of ours holds. */
const MAX_LOCK_BYTES = 512;

/**
 * The text of a lock file; `gone` where there is none (any more), `foreign` where it is none of ours. The folder is open to
 * everybody and the name can be guessed: a FIFO there must not block us, nor a link lead us elsewhere.
 */
export async function readLock(file: string): Promise<{ readonly text: string } | 'foreign' | 'gone'> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stat = await handle.stat();
      // Windows has no user ids; its temporary folder is the user's own.
      if (!stat.isFile() || (process.getuid !== undefined && stat.uid !== process.getuid())) return 'foreign';
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_LOCK_BYTES), 0, MAX_LOCK_BYTES, 0);
      return { text: buffer.toString('utf8', 0, bytesRead) };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    // A link, somebody else's private file, a socket. Anything else, ENOENT above all, is another matter the next time.
    return ['ELOOP', 'EMLINK', 'EACCES', 'ENXIO'].includes((cause as NodeJS.ErrnoException).code ?? '')
      ? 'foreign'
      : 'gone';
  }
}

/** False only where the process is known to be gone: of one in another container nothing is known. */
export async function mayLive({ pid, started, namespace }: LockHolder): Promise<boolean> {
  if (namespace !== (await ownNamespace())) return true;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // EPERM: it runs, under another user.
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH';
  }
  return started === (await startOf(pid));
}

/** Fields 3 and 22 of proc_pid_stat(5), counted after the command, which is in parentheses and may itself hold anything. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const started = fields[19] ?? '';
  // A zombie has ended; only nobody has asked how.
  return fields[0] !== 'Z' && /^\d{1,20}$/.test(started) ? started : '';
}

async function ownNamespace(): Promise<string> {
  const text = await readlink('/proc/self/ns/pid').catch(() => '');
  return /^[\w:[\]]{1,40}$/.test(text) ? text : '';
}
