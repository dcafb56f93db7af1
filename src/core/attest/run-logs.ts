import { stat } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { realPlace } from './real-place.ts';
import type { RunOptions } from './run-options.ts';
import { isWithin, readPaths } from './run-output-roots.ts';
import { allLogs } from './run-salted-logs.ts';

type Options = Pick<RunOptions, 'logs' | 'saltedLogs' | 'onWarning'>;

/** The logs that are named, each as it was before the command: undefined where there was none. */
export type LogStates = readonly (string | undefined)[];

/**
 * What can be refused of the logs, and of the files that we write ourselves, before the command is started. A verifier tells logs
 * apart by their names alone; and what we append to a log, or to an input, changes it.
 *
 * @throws StemmaError USAGE
 */
export function requireOwnFiles(options: RunOptions): void {
  const { checkpoints, transcript, mutable } = options;
  const logs = allLogs(options);
  const names = new Set(['stdout', 'stderr']);
  for (const file of [...logs, ...(transcript === undefined ? [] : [transcript.file])]) {
    const name = path.basename(file);
    if (names.has(name)) {
      const message = `two logs of this run would be named ${quote(name)}`;
      throw new StemmaError('USAGE', message, {
        hint: 'what the command prints is named stdout and stderr; give each log a name of its own',
      });
    }
    names.add(name);
  }
  const mayChange = new Set(mutable.map((file) => path.resolve(file)));
  const read = readPaths(options).filter((file) => !mayChange.has(file));
  const own: readonly [string | undefined, string][] = [
    [checkpoints?.file, 'checkpoints'],
    [transcript?.file, 'the transcript'],
  ];
  const taken = new Set([...logs, ...options.outputs].map((file) => realPlace(file)));
  for (const [file, what] of own) {
    if (file === undefined) continue;
    const place = realPlace(file);
    if (taken.has(place) || read.some((input) => isWithin(place, realPlace(input)))) {
      const message = `${quote(path.basename(file))} is to hold ${what}, and is a log, an output or an input as well`;
      throw new StemmaError('USAGE', message, { hint: 'write it to a file of its own' });
    }
    taken.add(place);
  }
}

/** To be called before the command is started. */
export async function readLogStates(options: Options): Promise<LogStates> {
  return Promise.all(allLogs(options).map((file) => stateOf(file)));
}

/**
 * The logs that the command wrote; one that lay there before and that it never touched is none of its own, and is warned about.
 *
 * @returns positions among `allLogs`
 * @throws StemmaError OUTPUT_MISSING for one that is not there
 */
export async function writtenLogs(before: LogStates, options: Options): Promise<ReadonlySet<number>> {
  const written = new Set<number>();
  for (const [i, file] of allLogs(options).entries()) {
    const name = quote(path.basename(file));
    const now = await stateOf(file);
    if (now === undefined) {
      throw new StemmaError('OUTPUT_MISSING', `the command made no log ${name}: nothing is attested`, {
        hint: 'name with --log what the command writes',
      });
    }
    if (now === UNKNOWN || now !== before[i]) written.add(i);
    else options.onWarning?.(`the log ${name} is as it was before the command: it is not attested`);
  }
  return written;
}

/** What is at a path that cannot be asked about; reading it says why. */
const UNKNOWN = 'unknown';

/** Which file there is, how long, and when it was last written or changed; undefined where there is none. */
async function stateOf(file: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : UNKNOWN;
  }
}
