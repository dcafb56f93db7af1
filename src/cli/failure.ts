import { isStemmaError } from '../core/errors/index.ts';
import { EXIT, EXIT_OF_ERROR_CLASS, type ExitCode } from './exit-codes.ts';
import { type Look, paint, prose } from './render/text.ts';

/** An error on its way out: what to print, and the code to leave with. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly error: {
    /** A code of core/errors, `USAGE` for what the flag parser refuses, or `INTERNAL`. */
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

/** The exit code that `this.exit()` asked for, or undefined where the error is a real one. */
export function requestedExit(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && error.code === 'EEXIT'
    ? (oclifExit(error) ?? EXIT.done)
    : undefined;
}

/** Anything thrown, as an exit code and a document without absolute paths, stack or configuration. */
export function failureOf(error: unknown, command?: string): Failure {
  if (isStemmaError(error)) {
    const { code, message, hint, details } = error;
    return {
      exitCode: EXIT_OF_ERROR_CLASS[error.errorClass],
      error: { code, message, ...(hint === undefined ? {} : { hint }), ...(details === undefined ? {} : { details }) },
    };
  }
  if (error instanceof Error && oclifExit(error) === EXIT.usage) {
    const { message } = error;
    const hint = command === undefined ? 'see: stemma --help' : `see: stemma ${command} --help`;
    return { exitCode: EXIT.usage, error: { code: 'USAGE', message: usageMessage(message), hint } };
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${typeof error}`;
  return {
    exitCode: EXIT.bug,
    error: {
      code: 'INTERNAL',
      message: withoutFolders(text),
      hint: 'this is a bug in stemma; run again with --debug and report what it prints',
    },
  };
}

/** The exit code inside an error of oclif's: 2 for what it refuses in arguments. Told by shape, since loading oclif is slow. */
function oclifExit(error: Error): number | undefined {
  const oclif = 'oclif' in error ? error.oclif : undefined;
  const exit = typeof oclif === 'object' && oclif !== null && 'exit' in oclif ? oclif.exit : undefined;
  return typeof exit === 'number' ? exit : undefined;
}

/** oclif's advice for commands whose repeatable flags swallow what follows: ours take one value each. */
const GREEDY_ADVICE = /\n\nNote: --[^\n]* multiple values\. Because of this [^\n]*(?:\n+Alternatively, [^\n]*)?/;

/** oclif's wording in ours: lower-case, what was wrong and nothing else. */
function usageMessage(message: string): string {
  const lines = message
    .replace(GREEDY_ADVICE, '')
    .replace(/^The following errors? occurred:/, '')
    .split('\n')
    .map((line) => line.trim().replace(/^(\w+) {2,}(.*)$/, '$1 ($2)'))
    .filter((line) => line !== '' && line !== 'See more help with --help')
    .map((line) => line.charAt(0).toLowerCase() + line.slice(1));
  return lines.join('; ').replaceAll(':;', ':').replace(/\.$/, '');
}

/** Absolute paths name people and machines, and mean nothing to anyone else: only their last part is kept. */
function withoutFolders(text: string): string {
  return text.replaceAll(/(?:file:\/\/)?(?<![\w.])(?:[A-Za-z]:)?(?:[\\/][^\\/\s'"`]+)+[\\/](?=[^\\/\s'"`])/g, '');
}

/** The lines for stderr. With `debug`, the stack as well. */
export function renderFailure(failure: Failure, look: Look, stack?: string): string {
  const { message, hint } = failure.error;
  let text = `${paint(look, 'bad', 'error:')} ${prose(message)}\n`;
  if (hint !== undefined) text += `${paint(look, 'dim', 'hint:')} ${prose(hint)}\n`;
  if (stack !== undefined)
    text += `${stack
      .split('\n')
      .map((line) => prose(line))
      .join('\n')}\n`;
  return text;
}
