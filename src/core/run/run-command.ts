import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { quote } from '../bytes/index.ts';
import { StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { passThrough } from './pass-through.ts';
import { type StreamDigest, StreamLog, type StreamName, type WatchStream } from './stream-log.ts';

export interface CommandOptions extends AbortOptions {
  /** Program and arguments; no shell takes part. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child (`childEnvironment`). */
  readonly env: Readonly<Record<string, string>>;
  /** Where what the child writes goes, byte for byte. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether Ctrl-C reaches the child by itself, because it shares our terminal. */
  readonly sharesTerminal: boolean;
  readonly watch?: WatchStream | undefined;
  /** Told of the process of the command as soon as there is one. */
  readonly onProcess?: ((pid: number) => void) | undefined;
  /** Told of each chunk just before it goes to `stdout` or `stderr`. */
  readonly onOutput?: ((stream: StreamName, chunk: Uint8Array) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface CommandResult {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** As a shell says it: the exit code, or 128 and the number of the signal. */
  readonly status: number;
  /** Stdout, then stderr. */
  readonly streams: readonly StreamDigest[];
}

/** How long output of a command that failed is waited for, while others hold its streams open. */
const GRACE_MS = 1000;
/** After which a run that goes on although its command has ended says so. */
const NOTICE_MS = 5000;

/**
 * Runs a command, its stdin being ours, and takes the log trees of what it writes. The command has ended when it has exited and
 * every process that it left its output to has closed it: what still writes may still train.
 *
 * An abort is passed on as the signal in its reason (`details.signal`, default SIGINT) and then waited for; when our own process
 * exits, the child is killed.
 *
 * @throws StemmaError USAGE where the command cannot be started; INTERRUPTED, once the child has ended, when it was aborted;
 *   FILE_UNREADABLE where its output was not read to the end
 */
export async function runCommand(options: CommandOptions): Promise<CommandResult> {
  const { command, cwd, env, signal, watch, onOutput, onProcess } = options;
  const [program = '', ...args] = command;
  if (program === '') throw new StemmaError('USAGE', 'expected the program to run after --, found an empty name');
  if (command.some((part) => part.includes('\0')))
    throw new StemmaError('USAGE', 'an argument of the command holds a NUL');
  const { execa } = await import('execa');
  throwIfAborted(signal);
  const result = execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: 'inherit',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    killSignal: 'SIGKILL',
  });
  const child = result.nodeChildProcess;
  if (child.pid !== undefined) onProcess?.(child.pid);
  const stdout = new StreamLog('stdout', watch);
  const stderr = new StreamLog('stderr', watch);
  const take = (log: StreamLog, chunk: Uint8Array): void => {
    log.push(chunk);
    onOutput?.(log.name, chunk);
  };
  const passed = Promise.all([
    passThrough(result.stdout, options.stdout, (chunk) => take(stdout, chunk)),
    passThrough(result.stderr, options.stderr, (chunk) => take(stderr, chunk)),
  ]);
  // Awaited once the child has ended; until then a failure must not look like one that nobody hears.
  passed.catch(() => undefined);
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const interrupt = (): void => {
    const name = interruption(signal, options.sharesTerminal);
    if (name !== undefined) child.kill(name);
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    // Without a process there is no exit, only a result.
    const outcome = await Promise.race([exited, result]);
    if (outcome !== undefined && child.pid === undefined) throw notStarted(program, outcome);
    const exit = exitOf(child);
    await untilClosed(child, passed, exit.status !== 0, options);
    throwIfAborted(signal);
    const whole = (await passed).every(Boolean);
    if (!whole && exit.status === 0) throw new StemmaError('FILE_UNREADABLE', 'what the command printed was cut off');
    return { ...exit, streams: [stdout.finish(), stderr.finish()] };
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/** Undefined where the terminal has passed Ctrl-C on already. */
function interruption(signal: AbortSignal | undefined, sharesTerminal: boolean): NodeJS.Signals | undefined {
  const reason: unknown = signal?.reason;
  const name = reason instanceof StemmaError ? reason.details?.['signal'] : undefined;
  if (name === 'SIGTERM' || name === 'SIGHUP') return name;
  return sharesTerminal ? undefined : 'SIGINT';
}

function exitOf({ exitCode, signalCode }: ChildProcess): Pick<CommandResult, 'exitCode' | 'signal' | 'status'> {
  const status = signalCode === null ? (exitCode ?? 0) : 128 + constants.signals[signalCode];
  return { exitCode, signal: signalCode, status };
}

/** Waits until nobody holds the child's output open any more; where the run has failed anyway, not for long. */
async function untilClosed(
  child: ChildProcess,
  passed: Promise<unknown>,
  failed: boolean,
  { signal, onWarning }: CommandOptions,
): Promise<void> {
  const done = new AbortController();
  const closedWithin = (ms: number): Promise<boolean> => {
    const timer = sleep(ms, false, { signal: done.signal }).catch(() => false);
    return Promise.race([passed.then(() => true), timer]);
  };
  const drop = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const hopeless = failed || signal?.aborted === true;
  try {
    if (!hopeless) signal?.addEventListener('abort', drop, { once: true });
    if (!(await closedWithin(hopeless ? GRACE_MS : NOTICE_MS))) {
      if (hopeless) drop();
      else onWarning?.('the command has ended, but a process that it started has its output open: it is waited for');
    }
    await passed;
  } finally {
    done.abort();
    signal?.removeEventListener('abort', drop);
  }
}

const NOT_STARTED: Readonly<Record<string, string>> = {
  E2BIG: 'its arguments and variables are longer than the system takes',
  EACCES: 'it is no program, or may not be executed',
  ENOENT: 'it was not found',
  ENOEXEC: 'it is no program for this system',
  ENOTDIR: 'it was not found',
};

function notStarted(
  program: string,
  result: { readonly code?: string | undefined; readonly cause?: unknown },
): StemmaError {
  const name = quote(path.basename(program));
  const why = NOT_STARTED[result.code ?? ''] ?? `the system says ${result.code ?? 'no reason'}`;
  return new StemmaError('USAGE', `the command ${name} cannot be started: ${why}`, { cause: result.cause });
}
