import path from 'node:path';
import type { Interfaces } from '@oclif/core';
import { errorEnvelope, isJsonRequested, printEnvelope, resultEnvelope } from './envelope.ts';
import { EXIT } from './exit-codes.ts';
import { failureOf, renderFailure, requestedExit } from './failure.ts';
import { findCommand, runCommand } from './find-command.ts';
import { noticeLostOutput } from './lost-output.ts';
import { PACKAGE_ROOT, packageVersion } from './package.ts';
import { startHashingAhead } from './start-ahead.ts';
import { lookOf } from './terminal.ts';

interface Program {
  /** The folder of the commands. */
  readonly commands: string;
  /** Where oclif finds package.json and the manifest, for help and whatever else is not simply the run of a command. */
  readonly oclif: Interfaces.LoadOptions;
}

const STEMMA: Program = {
  commands: path.resolve(import.meta.dirname, '../commands'),
  oclif: { root: PACKAGE_ROOT },
};

/**
 * Runs the command line. What oclif would print and exit for itself passes through here instead, so that every way out has
 * an exit code of docs/exit-codes.md and, under `--json`, one document. Never throws and never calls `process.exit` but
 * after a crash.
 *
 * @param program by default the one installed
 */
export async function main(argv: readonly string[], program: Program = STEMMA): Promise<void> {
  const isNoticed = noticeLostOutput(!argv.includes('--no-color'));
  // A limit on file sizes (`ulimit -f`) is then an error of the write that meets it, as a full disk is, and does not kill.
  if (process.platform !== 'win32') process.on('SIGXFSZ', () => undefined);
  const crash = (error: Error): never => {
    fail(argv, error);
    process.exit(EXIT.bug);
  };
  process.on('uncaughtException', (error) => {
    if (!isNoticed(error)) crash(error);
  });
  // When nothing is left to wait for although the command has not ended, Node would leave with 0, which means "passed".
  const stalled = (): never => crash(new Error('stopped before the command had ended'));
  process.once('beforeExit', stalled);
  try {
    if (argv[0] === '--version') {
      printVersion(argv);
    } else {
      await startHashingAhead(argv);
      const command = findCommand(argv, program.commands);
      if (command === undefined) await runOclif(argv, program.oclif);
      else await runCommand(command);
    }
  } catch (error) {
    const exit = requestedExit(error);
    if (exit === undefined) fail(argv, error);
    else process.exitCode = exit;
  } finally {
    process.off('beforeExit', stalled);
  }
}

async function runOclif(argv: readonly string[], options: Interfaces.LoadOptions): Promise<void> {
  const { run } = await import('@oclif/core/run');
  // Alone, `--json` asks for what no argument at all asks for.
  await run(argv.every((argument) => argument === '--json') ? ['--help', ...argv] : [...argv], options);
}

function fail(argv: readonly string[], error: unknown): void {
  const failure = failureOf(error);
  process.exitCode = failure.exitCode;
  if (isJsonRequested(argv)) {
    printEnvelope(errorEnvelope('', failure, []));
  } else {
    const stack = argv.includes('--debug') && error instanceof Error ? error.stack : undefined;
    process.stderr.write(
      renderFailure(failure, lookOf(process.stderr, { color: !argv.includes('--no-color') }), stack),
    );
  }
}

/** Answered here, because loading the commands takes longer than the answer. */
function printVersion(argv: readonly string[]): void {
  const version = packageVersion();
  const platform = `${process.platform}-${process.arch}`;
  if (isJsonRequested(argv))
    printEnvelope(resultEnvelope('version', EXIT.done, { version, platform, node: process.version }, []));
  else process.stdout.write(`stemma/${version} ${platform} node-${process.version}\n`);
}
