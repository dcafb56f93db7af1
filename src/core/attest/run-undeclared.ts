import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { changedFiles, type FolderSnapshot, snapshotFolder } from '../run/index.ts';
import type { RunOptions } from './run-options.ts';
import { isWithin } from './run-output-roots.ts';
import type { RunResult } from './run-result.ts';
import { allLogs } from './run-salted-logs.ts';

/** How many are listed, and how many of them a warning names. */
const MAX_LISTED = 100;
const MAX_NAMED = 5;

/**
 * What was written below the working folder and declared nowhere: told from the state of the files, none of which is read.
 *
 * @param before the working folder before the command
 * @throws StemmaError INTERRUPTED
 */
export async function undeclaredWrites(before: FolderSnapshot, options: RunOptions): Promise<RunResult['undeclared']> {
  const folder = path.resolve('.');
  const after = await snapshotFolder(folder, options);
  if (!before.complete || !after.complete) {
    options.onWarning?.('the working folder has too many files to look for writes that were not declared');
    return { files: 0, paths: [] };
  }
  const own = [options.checkpoints?.file, options.transcript?.file].filter((file) => file !== undefined);
  const declared = [...options.outputs, ...allLogs(options), ...options.mutable, ...own].map((file) =>
    path.resolve(file),
  );
  // As the transcript names them: `./ckpt-*` finds `ckpt-1`.
  const patterns = (options.transcript?.patterns ?? []).map((pattern) => path.posix.normalize(pattern));
  const isDeclared = (file: string): boolean =>
    declared.some((known) => isWithin(path.join(folder, file), known)) ||
    patterns.some((pattern) => path.posix.matchesGlob(file, pattern));
  const paths = changedFiles(before, after).filter((file) => !isDeclared(file));
  if (paths.length > 0) {
    const named = paths.slice(0, MAX_NAMED).map((file) => quote(file, 80));
    const more = paths.length > MAX_NAMED ? [`${paths.length - MAX_NAMED} more`] : [];
    const skipped = [...after.skipped].toSorted().map((name) => quote(name));
    const note = skipped.length === 0 ? '' : ` (not looked into: ${skipped.join(', ')})`;
    options.onWarning?.(`written and not declared: ${[...named, ...more].join(', ')}${note}`);
  }
  return { files: paths.length, paths: paths.slice(0, MAX_LISTED) };
}
