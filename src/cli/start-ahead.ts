import { opendirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/** Commands that read every byte of what they are given. */
const HASHING = new Set(['attest', 'digest', 'sign', 'verify']);
/** From this size on files are hashed by threads; below it they would start for nothing. */
const BIG_BYTES = 128 * 1024 * 1024;
/** How many names of a folder are looked at: a guess must not cost what it saves. */
const LOOK_AT = 64;

/**
 * Starts the hashing threads on the other cores while this one loads the command, if an argument names something big. Only a
 * guess about what the command will do: what it does not need is never waited for and never read.
 */
export async function startHashingAhead(argv: readonly string[]): Promise<void> {
  const [command = '', ...rest] = argv;
  const saysHowMany =
    process.env['STEMMA_JOBS'] !== undefined || rest.some((argument) => argument.startsWith('--jobs'));
  if (!HASHING.has(command) || saysHowMany || !rest.some(isBig)) return;
  const { startThreadsAhead } = await import('../core/digest/index.ts');
  startThreadsAhead(availableParallelism());
}

function isBig(argument: string): boolean {
  if (argument.startsWith('-')) return false;
  try {
    const stat = statSync(argument);
    return stat.isDirectory() ? isBigFolder(argument) : stat.isFile() && stat.size >= BIG_BYTES;
  } catch {
    return false;
  }
}

function isBigFolder(folder: string): boolean {
  const entries = opendirSync(folder);
  try {
    let bytes = 0;
    for (let seen = 0; seen < LOOK_AT && bytes < BIG_BYTES; seen++) {
      const entry = entries.readSync();
      if (entry === null) break;
      const stat = statSync(path.join(folder, entry.name), { throwIfNoEntry: false });
      if (stat?.isFile() === true) bytes += stat.size;
    }
    return bytes >= BIG_BYTES;
  } finally {
    entries.closeSync();
  }
}
