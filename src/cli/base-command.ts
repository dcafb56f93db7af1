import type { Interfaces } from '@oclif/core';
import { StemmaError, throwIfAborted } from '../core/errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../core/progress/index.ts';
import type { Report } from '../core/verify/index.ts';
import { type ArgValues, Command, type FlagValues } from './command.ts';
import { errorEnvelope, isJsonRequested, printEnvelope, resultEnvelope } from './envelope.ts';
import { completeFlags } from './environment.ts';
import { EXIT, type ExitStatus, exitCodeOfReport, worseExitCode } from './exit-codes.ts';
import { failureOf, renderFailure, requestedExit } from './failure.ts';
import { globalFlags } from './flags.ts';
import { abortOnInterrupt } from './interrupt.ts';
import type { KeyContext } from './keys.ts';
import { Progress } from './progress.ts';
import { type Look, paint, prose } from './render/text.ts';
import { type ReportTarget, writeReport } from './reports.ts';
import { lookOf } from './terminal.ts';

/** The options that every long-running core operation takes. */
export type Work = {
  readonly [K in keyof (AbortOptions & ProgressOptions)]-?: NonNullable<(AbortOptions & ProgressOptions)[K]>;
};

/**
 * What all commands share: the global flags, the JSON envelope, warnings, progress, interrupts, and the way from an error
 * or a report to an exit code. A command parses, makes one core call with `...this.work`, and ends in `this.finish`.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags;

  /** Variables whose value was used by this run, such as `STEMMA_TRUSTED_KEYS`; complete once flags are parsed. */
  protected environment: readonly string[] = [];
  readonly #warnings: string[] = [];
  #quiet = false;
  #verbose = false;
  // Read from the arguments at first, so that they hold for what goes wrong in parsing as well.
  #debug = this.argv.includes('--debug');
  #color = !this.argv.includes('--no-color');
  #progress: Progress | undefined;
  #interrupt: ReturnType<typeof abortOnInterrupt> | undefined;
  #exitCode: ExitStatus = EXIT.done;

  /** Cancellation, progress and warnings, to be spread into the options of a core call. */
  protected get work(): Work {
    return {
      signal: this.signal,
      onProgress: (event) => this.#progress?.update(event),
      onWarning: (message) => this.warn(message),
    };
  }

  /** What reading a private key needs; pass the value of `--passphrase-file`. */
  protected keyContext(passphraseFile: string | undefined): KeyContext {
    const passphrase = { file: passphraseFile, mayPrompt: !this.jsonEnabled(), signal: this.signal };
    return { passphrase, warn: (message) => this.warn(message) };
  }

  /** Aborted by Ctrl-C. */
  protected get signal(): AbortSignal {
    return this.#interrupt?.signal ?? AbortSignal.abort();
  }

  /**
   * Ends a command: prints the answer (or leaves it to the JSON envelope) and sets the exit code.
   *
   * @param human the answer for people: escaped text, or a function that renders it; never called under `--json`
   */
  protected finish<T extends object>(result: T, exitCode: ExitStatus, human: string | ((look: Look) => string)): T {
    this.#progress?.stop();
    this.#exitCode = exitCode;
    process.exitCode = exitCode;
    if (!this.jsonEnabled()) {
      const text = typeof human === 'string' ? human : human(this.#look(process.stdout));
      process.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    }
    return result;
  }

  /**
   * Ends a verification: writes the extra reports, prints the report and leaves with its exit code.
   *
   * @param options.more writes what else was asked for
   * @param options.explain shows every requirement of a policy
   */
  protected async finishReport(
    report: Report,
    targets: readonly ReportTarget[],
    { more = [], explain = false }: { more?: readonly (() => Promise<void>)[]; explain?: boolean } = {},
  ): Promise<Report> {
    // Core turns what breaks into checks; but a verification that was cut short has no verdict.
    throwIfAborted(this.signal);
    this.#progress?.stop();
    let exitCode = exitCodeOfReport(report);
    for (const write of [...targets.map((target) => () => writeReport(report, target)), ...more]) {
      try {
        await write();
      } catch (error) {
        // The verdict stands and is printed; but 0 and 3 turn into 5, because a gate may read the file.
        const failure = failureOf(error);
        this.warn(failure.error.message);
        exitCode = worseExitCode(exitCode, failure.exitCode);
      }
    }
    const { renderHuman } = await import('./render/human.ts');
    return this.finish(report, exitCode, (look) => renderHuman(report, { ...look, explain }));
  }

  /** Something the user should know and that changes no verdict: stderr, or the envelope's `warnings`. */
  protected warn(message: string): void {
    this.#warnings.push(message);
    if (!this.jsonEnabled()) this.#toStderr((look) => `${paint(look, 'warn', 'warning:')} ${prose(message)}\n`);
  }

  /** Advice on stderr, such as the next command to run; dropped by `--quiet` and `--json`. */
  protected note(message: string): void {
    if (!this.jsonEnabled() && !this.#quiet) this.#toStderr((look) => `${paint(look, 'dim', prose(message))}\n`);
  }

  /** The answer where stdout is another program's; not dropped by `--quiet`, and left to the envelope under `--json`. */
  protected answerOnStderr(human: (look: Look) => string): void {
    this.#progress?.stop();
    if (!this.jsonEnabled()) this.#toStderr((look) => `${human(look)}\n`);
  }

  /** Clears the terminal for somebody else; further progress starts anew. */
  protected stopProgress(): void {
    this.#progress?.stop();
  }

  override jsonEnabled(): boolean {
    return isJsonRequested(this.argv);
  }

  protected override init(): void {
    this.#interrupt = abortOnInterrupt(() => this.note('stopping; press Ctrl-C again to end at once'));
  }

  protected override async parse<F extends FlagValues, B extends FlagValues, A extends ArgValues>(
    options: Interfaces.Input<F, B, A>,
    argv?: readonly string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    this.environment = completeFlags({ ...this.ctor.baseFlags, ...this.ctor.flags }, parsed);
    const values: Readonly<Record<string, unknown>> = parsed.flags;
    this.#quiet = values['quiet'] === true;
    this.#verbose = values['verbose'] === true;
    this.#debug = values['debug'] === true;
    this.#color = values['color'] !== false;
    this.#progress = this.#startProgress();
    return parsed;
  }

  protected override logJson(result: unknown): void {
    printEnvelope(resultEnvelope(this.#name(), this.#exitCode, result, this.#warnings));
  }

  protected override catch(thrown: Error): void {
    if (requestedExit(thrown) !== undefined) throw thrown;
    this.#progress?.stop();
    const error = this.signal.aborted ? new StemmaError('INTERRUPTED', 'interrupted', { cause: thrown }) : thrown;
    const failure = failureOf(error, this.#name());
    process.exitCode = failure.exitCode;
    if (this.jsonEnabled()) printEnvelope(errorEnvelope(this.#name(), failure, this.#warnings));
    else this.#toStderr((look) => renderFailure(failure, look, this.#debug ? thrown.stack : undefined));
  }

  protected override finally(): void {
    this.#progress?.stop();
    this.#interrupt?.restore();
  }

  #name(): string {
    return this.ctor.id.replaceAll(':', ' ');
  }

  #look(stream: NodeJS.WriteStream): Look {
    return lookOf(stream, { color: this.#color, verbose: this.#verbose });
  }

  #toStderr(render: (look: Look) => string): void {
    this.#progress?.clear();
    process.stderr.write(render(this.#look(process.stderr)));
  }

  #startProgress(): Progress {
    const { stderr } = process;
    const silent = this.jsonEnabled() || this.#quiet;
    const redraw = stderr.isTTY && process.env['TERM'] !== 'dumb' && (process.env['CI'] ?? '') === '';
    return new Progress(silent ? 'silent' : redraw ? 'line' : 'log', {
      write: (text) => stderr.write(text),
      now: () => performance.now(),
      columns: () => stderr.columns ?? 80,
    });
  }
}
