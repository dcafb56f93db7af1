import { stat } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { realPlace } from './real-place.ts';
import type { RunOptions } from './run-options.ts';
import { isWithin, readPaths } from './run-output-roots.ts';
import { allLogs } from './run-salted-logs.ts';

/**
 * Refuses to attest a folder that holds a secret of ours, or to digest one: the model would be published with its key in it, and the
 * digest of a passphrase confirms a guess of it.
 *
 * @throws StemmaError USAGE
 */
export function requireSecretsApart(options: RunOptions): void {
  const { secretFiles = [], outputs } = options;
  const published = [...readPaths(options), ...allLogs(options), ...outputs];
  for (const secret of secretFiles.map((file) => realPlace(file))) {
    const around = published.find((given) => isWithin(secret, realPlace(given)));
    if (around === undefined) continue;
    const [name, where] = [path.basename(secret), path.basename(path.resolve(around))].map((part) => quote(part));
    const message = `${name}, from which the key is read, is or lies in ${where}, whose digest is published`;
    throw new StemmaError('USAGE', message, { hint: 'keep keys and passphrases in a folder of their own' });
  }
}

/**
 * Tells the files that we were given as secrets from all others, whatever they are called: by where they lie, and by which file
 * it is, since a file may have several names.
 */
export async function secretFinder(files: readonly string[]): Promise<(file: string) => Promise<boolean>> {
  const places = new Set(files.map((file) => realPlace(file)));
  const inodes = new Set((await Promise.all(files.map(inodeOf))).filter((inode) => inode !== undefined));
  return async (file) => {
    if (places.size === 0) return false;
    if (places.has(realPlace(file))) return true;
    const inode = await inodeOf(file);
    return inode !== undefined && inodes.has(inode);
  };
}

async function inodeOf(file: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(file, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
