import { existsSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { parseModelPaths } from '../model/index.ts';
import type { RunOptions } from './run-options.ts';
import { readPaths } from './run-output-roots.ts';
import { requireSaltedApart } from './salted-log-places.ts';

/** All logs of a run, those whose records are salted after the others. */
export function allLogs({ logs, saltedLogs = [] }: Pick<RunOptions, 'logs' | 'saltedLogs'>): string[] {
  return [...logs, ...saltedLogs.map(({ file }) => file)];
}

/** Files that nothing which is signed may tell the digest of: what the key was read from, salted logs and their secrets. */
export function withheldFiles({
  secretFiles = [],
  saltedLogs = [],
}: Pick<RunOptions, 'secretFiles' | 'saltedLogs'>): string[] {
  return [...secretFiles, ...saltedLogs.flatMap(({ file, secret }) => [file, secret])];
}

/**
 * To be asked before the command, and again after it, which may have put links in their place: no salted log lies in what is
 * digested, and the secret of each is still to be made, since a run writes another log each time.
 *
 * @param roots absolute paths of the outputs
 * @throws StemmaError USAGE, SECRET_REUSED
 */
export function requireSaltedLogs(roots: readonly string[], options: RunOptions): void {
  const { saltedLogs = [], logs, ignore } = options;
  const models = roots.map((root) => ({
    root,
    ignored: parseModelPaths(ignore, { root, kind: 'folder', flag: '--ignore' }),
  }));
  requireSaltedApart(saltedLogs, { models, others: [...readPaths(options), ...logs] });
  for (const { secret } of saltedLogs) {
    if (!existsSync(secret)) continue;
    const name = quote(path.basename(secret));
    throw new StemmaError('SECRET_REUSED', `the secret ${name} is there already, and the log of a run is a new one`, {
      hint: 'name a file that is not there yet: a new secret is written to it',
    });
  }
}
