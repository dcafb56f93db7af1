import { statSync } from 'node:fs';
import path from 'node:path';
import type { ListedCheckpoint, LogRoot } from '../attestation/index.ts';
import { StemmaError } from '../errors/index.ts';
import { runInvocation } from '../log/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import {
  type CheckpointEntry,
  type CheckpointInterval,
  type CheckpointWriter,
  type CommandOptions,
  openCheckpoints,
} from '../run/index.ts';
import { LogFollower } from '../trainlog/index.ts';
import type { Builder } from './builder.ts';
import { logRoot } from './materials.ts';
import type { SubjectOptions } from './options.ts';

/** Checkpoints of the logs of a run while it goes on (docs/formats/checkpoint.md). */
export interface RunCheckpointOptions {
  readonly every: CheckpointInterval;
  /** File that each is appended to. */
  readonly file?: string;
  /** Told of each as it is made: a signed note. */
  readonly onCheckpoint?: (note: string) => void;
}

/** What the logs of a command that succeeded are, and the checkpoints of all its logs and streams. */
export interface FollowedLogs {
  /** Those that the command wrote, in the order of the options. */
  readonly logs: readonly LogRoot[];
  readonly checkpoints: readonly CheckpointEntry[];
  /** The same for the provenance, which names a log by its name and not by its position. */
  readonly listed: readonly ListedCheckpoint[];
}

/** The logs of a run, looked at while it goes on. */
export interface WatchedLogs {
  readonly watch: NonNullable<CommandOptions['watch']>;
  /**
   * Ends it after a command that succeeded.
   *
   * @param written positions of the logs that the command wrote; the others are left out
   * @throws StemmaError LOG_REWRITTEN where a log was not only appended to; as `digestLog`
   */
  finish(written: ReadonlySet<number>): Promise<FollowedLogs>;
  /** Ends it in any case, and may be called after `finish`; what was signed by then stays. */
  end(): Promise<void>;
}

type Options = Pick<SubjectOptions, 'signer' | 'logs' | 'saltedLogs'> & AbortOptions & ProgressOptions;

/**
 * To be called just before the command is started.
 *
 * @throws StemmaError as `openCheckpoints`
 */
export async function watchLogs(
  { every, file, onCheckpoint }: RunCheckpointOptions,
  { invocationId }: Builder,
  startedOn: string,
  options: Options,
): Promise<WatchedLogs> {
  const { signer, logs, onWarning } = options;
  const writer = await openCheckpoints({
    signer,
    invocation: runInvocation(invocationId, startedOn, signer.publicKey.spki),
    every,
    ...(file === undefined ? {} : { file }),
    onCheckpoint: (_, note) => onCheckpoint?.(note),
    onProblem: ({ message }) => onWarning?.(`no more checkpoints are made: ${message}`),
  });
  const followers: LogFollower[] = [];
  const isWithheld = saltedNow(options);
  for (const [position, location] of logs.entries()) {
    followers.push(await follow(location, String(position), writer, () => isWithheld(location)));
  }
  return {
    watch: (log, tree) => writer.watch(log, tree),
    finish: async (written) => {
      const roots: LogRoot[] = [];
      for (const [i, follower] of followers.entries()) {
        if (written.has(i)) roots.push(await finishOne(follower, options));
        else await follower.abandon();
      }
      const { checkpoints } = await writer.close();
      const nameOf = (log: string): string => path.basename(logs[Number(log)] ?? log);
      return { logs: roots, checkpoints, listed: checkpoints.map((one) => ({ ...one, log: nameOf(one.log) })) };
    },
    end: async () => {
      for (const follower of followers) await follower.abandon();
      await writer.close();
    },
  };
}

/** Whether a log is now the same file as one that is salted, by a link that the command made: no checkpoint may tell of that. */
function saltedNow({ saltedLogs = [] }: Options): (location: string) => boolean {
  return (location) => {
    const now = inodeOf(location);
    return now !== undefined && saltedLogs.some(({ file }) => inodeOf(file) === now);
  };
}

function inodeOf(file: string): string | undefined {
  const info = statSync(file, { bigint: true, throwIfNoEntry: false });
  return info === undefined ? undefined : `${info.dev} ${info.ino}`;
}

async function follow(
  location: string,
  log: string,
  writer: CheckpointWriter,
  isWithheld: () => boolean,
): Promise<LogFollower> {
  let advanced = (): void => undefined;
  const follower = await LogFollower.start(location, { onAdvance: () => advanced(), isWithheld });
  const watched = writer.watch(log, follower.tree);
  advanced = () => watched.advanced();
  return follower;
}

async function finishOne(follower: LogFollower, options: Options): Promise<LogRoot> {
  const { digest, problem } = await follower.finish(options);
  if (problem === undefined) return logRoot(digest, options);
  if (problem.code === 'USAGE') throw problem;
  throw new StemmaError('LOG_REWRITTEN', `${problem.message}; its checkpoints do not hold for it`, {
    hint: 'have the command append to its log, or leave out --checkpoint-every',
    cause: problem,
  });
}
