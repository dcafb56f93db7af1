import path from 'node:path';
import type { LogRoot } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { watchTranscript } from '../run/index.ts';
import { digestLog, recordKindOf } from '../trainlog/index.ts';
import { logRoot } from './materials.ts';
import type { RunOptions } from './run-options.ts';
import { withheldFiles } from './run-salted-logs.ts';
import { secretFinder } from './run-secrets.ts';
import { saltedFinder } from './salted-guard.ts';

/** The checkpoints of the model that a run makes (docs/formats/transcript.md). */
export interface RunTranscriptOptions {
  /** For files below the working folder. */
  readonly patterns: readonly string[];
  /** Where the transcript is written; must not exist. */
  readonly file: string;
}

/** A transcript that is being written. */
export interface RunTranscript {
  /**
   * Ends it after a command that succeeded.
   *
   * @returns the transcript as a log
   * @throws StemmaError LOG_REWRITTEN where the file is not what was written to it; as `watchTranscript` and `digestLog`
   */
  finish(): Promise<LogRoot>;
  /** Ends it in any case, and may be called after `finish`. */
  end(): Promise<void>;
}

/**
 * To be called just before the command is started.
 *
 * @throws StemmaError USAGE for a name that TensorBoard's logs have; as `watchTranscript`
 */
export async function recordTranscript(
  { patterns, file }: RunTranscriptOptions,
  cwd: string,
  options: Pick<
    RunOptions,
    'now' | 'onWarning' | 'signal' | 'onProgress' | 'checkpoints' | 'secretFiles' | 'saltedLogs'
  >,
): Promise<RunTranscript> {
  const { now, onWarning, signal } = options;
  const at = path.resolve(cwd, file);
  if (recordKindOf(path.basename(at)) !== 'lf') {
    throw new StemmaError('USAGE', `a transcript is a text log, and ${quote(path.basename(at))} is not named like one`);
  }
  const isGiven = await secretFinder(withheldFiles(options));
  const isSalted = saltedFinder({ signal });
  const watching = await watchTranscript({
    cwd,
    patterns,
    file: at,
    own: options.checkpoints?.file === undefined ? [] : [path.resolve(cwd, options.checkpoints.file)],
    isSecret: async (found) => (await isGiven(found)) || isSalted(found),
    now,
    onWarning,
    signal,
  });
  return {
    finish: async () => {
      const written = await watching.finish();
      const log = await digestLog(at, options);
      if (log.digests['sha256'] === written) return logRoot(log, options);
      throw new StemmaError('LOG_REWRITTEN', `the transcript ${quote(log.name)} is not what was written to it`, {
        hint: 'let nothing else write to it',
      });
    },
    end: () => watching.end(),
  };
}
