import type { AbortOptions } from '../progress/index.ts';
import { requireProgram } from './find-program.ts';
import { hermeticArguments } from './hermetic.ts';
import type { Observation } from './observe/observation.ts';
import { observeCommand } from './observe/observe-command.ts';
import { ttyArguments } from './tty.ts';

/** What is to be started. */
export interface ChildCommand {
  /** The program and its arguments; at least the program. */
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The child's environment; its `PATH` is where the program and the tools are looked for. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface WrapOptions extends AbortOptions {
  /** `--observe`: record what the child and its children open and contact. */
  readonly observe: boolean;
  /** `--hermetic`: allow the declared paths and no network. */
  readonly hermetic: boolean;
  /** `--tty`: a pseudo-terminal for the child. */
  readonly tty: boolean;
  /** Paths that the child may read: bases, datasets, inputs, configuration. Relative to `cwd`, or absolute. */
  readonly reads: readonly string[];
  /** Paths that the child may write: outputs and logs. */
  readonly writes: readonly string[];
  /** Whether a file must not be told by its digest, since it lies in a salted dataset. */
  readonly isSalted?: (file: string) => Promise<boolean>;
  /** Whether a file must not be told at all, since it holds a secret of ours. */
  readonly isSecret?: (file: string) => Promise<boolean>;
}

/** The command to start in the place of the one that was given. */
export interface WrappedCommand {
  readonly argv: readonly string[];
  /** Variables to set for it, beside the child's. */
  readonly env: Readonly<Record<string, string>>;
  /** After the child has exited: what was observed, where that was asked for. Removes what the wrapping had made. */
  finish(options: AbortOptions): Promise<Observation | undefined>;
  /** Instead of `finish`, where no child was started or nobody wants the answer. May be called after it as well. */
  dispose(): Promise<void>;
}

/**
 * Wraps a command in what was asked for: outermost the pseudo-terminal, then the sandbox, innermost the tracer, so that the trace
 * is about the command alone.
 *
 * @throws StemmaError TOOL_MISSING where the system lacks a tool or does not let it work, USAGE where a declared output does not
 *   suit a sandbox or the program is not found, PATH_NOT_FOUND for an input that is not there, INTERRUPTED
 */
export async function wrapCommand(command: ChildCommand, options: WrapOptions): Promise<WrappedCommand> {
  const found = { ...command, argv: [requireProgram(command), ...command.argv.slice(1)] };
  const trace = options.observe ? await observeCommand(found, options) : undefined;
  try {
    let argv = trace?.argv ?? found.argv;
    if (options.hermetic) {
      const inner = { ...command, argv };
      argv = await hermeticArguments(inner, found, { ...options, own: trace === undefined ? [] : [trace.folder] });
    }
    const tty = options.tty ? await ttyArguments({ ...command, argv }, options) : undefined;
    return {
      argv: tty?.argv ?? argv,
      env: tty?.env ?? {},
      finish: async (abort) => trace?.finish(abort),
      dispose: async () => trace?.dispose(),
    };
  } catch (error) {
    await trace?.dispose();
    throw error;
  }
}
