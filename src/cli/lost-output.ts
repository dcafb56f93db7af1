import { StemmaError } from '../core/errors/index.ts';
import { type ExitCode, worseExitCode } from './exit-codes.ts';
import { failureOf, renderFailure } from './failure.ts';
import { lookOf } from './terminal.ts';

/**
 * Sees to it that output which does not arrive shows in the exit code: a full disk behind stdout or stderr turns 0 and 3 into
 * 5, as it does for a report file. A reader that has gone away (`stemma inspect … | head`) changes no verdict.
 *
 * @returns whether an error is one that was noticed here; oclif throws those of stdout once more
 */
export function noticeLostOutput(color: boolean): (error: unknown) => boolean {
  const noticed = new Set<unknown>();
  const notice = (name: 'stdout' | 'stderr', cause: NodeJS.ErrnoException): void => {
    if (cause.code === 'EPIPE') return;
    noticed.add(cause);
    const message = `the output cannot be written to ${name}: ${cause.code ?? 'unknown reason'}`;
    const failure = failureOf(
      new StemmaError('WRITE_FAILED', message, { cause, hint: 'make room, or send it elsewhere, and run again' }),
    );
    // As late as can be: the command may not have ended, and sets its own code when it does.
    process.on('exit', (code) => {
      process.exitCode = worseExitCode(code as ExitCode, failure.exitCode);
    });
    if (name === 'stdout') process.stderr.write(renderFailure(failure, lookOf(process.stderr, { color })));
  };
  for (const name of ['stdout', 'stderr'] as const) process[name].on('error', (cause) => notice(name, cause));
  return (error) => noticed.has(error);
}
