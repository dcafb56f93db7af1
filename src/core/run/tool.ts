import { StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { findTool } from './find-program.ts';
import type { ChildCommand } from './wrapper.ts';

/** How long a tool may take to say that it works here. */
const TRIAL_MS = 10_000;

/** A program of the system that a flag of `run` needs. */
export interface Tool {
  readonly name: string;
  readonly flag: string;
  /** What to install, for people. */
  readonly install: string;
  /** What to do where it is there and does not work, as in a container that forbids it. */
  readonly permit: string;
  /** Arguments of a run that shows whether it works here and knows the options that are needed. */
  readonly trial: readonly string[];
  /** What the trial must exit with. */
  readonly status: number;
}

/**
 * Finds a tool and tries it: one that cannot do its work is as good as absent, and nothing is run without it.
 *
 * @returns the tool's absolute path
 * @throws StemmaError TOOL_MISSING, INTERRUPTED
 */
export async function requireTool(
  tool: Tool,
  { cwd, env }: Pick<ChildCommand, 'cwd' | 'env'>,
  { signal }: AbortOptions,
): Promise<string> {
  const program = findTool(tool.name, { env });
  if (program === undefined) {
    throw new StemmaError('TOOL_MISSING', `${tool.flag} needs ${tool.name}, and it was not found`, {
      hint: tool.install,
    });
  }
  const { execa } = await import('execa');
  const { PATH = '' } = env;
  const result = await execa(program, tool.trial, {
    cwd,
    env: { PATH, LC_ALL: 'C', SHELL: '/bin/sh' },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: TRIAL_MS,
    maxBuffer: 65_536,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  throwIfAborted(signal);
  if (result.exitCode !== tool.status) {
    throw new StemmaError('TOOL_MISSING', `${tool.flag} needs ${tool.name}, and the one found does not work here`, {
      hint: tool.permit,
      details: { tool: tool.name, exitCode: result.exitCode ?? null, stderr: result.stderr.slice(0, 500) },
    });
  }
  return program;
}
