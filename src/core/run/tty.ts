import type { AbortOptions } from '../progress/index.ts';
import { shellQuote } from './shell-quote.ts';
import { requireTool, type Tool } from './tool.ts';
import type { ChildCommand } from './wrapper.ts';

/** util-linux's `script`; the BSD program of that name knows neither `-e` nor `-c` and fails the trial. */
const SCRIPT: Tool = {
  name: 'script',
  flag: '--tty',
  install: 'install util-linux (bsdutils on Debian and Ubuntu), or leave --tty out',
  permit: 'it must be the one of util-linux 2.35 or later, and the system must have pseudo-terminals left',
  trial: ['--quiet', '--return', '--flush', '--command', 'exit 7', '/dev/null'],
  status: 7,
};

/**
 * Puts a command under a pseudo-terminal of its own, so that it behaves as it does for a person: what it writes to both streams
 * comes out of standard output, with the terminal's CR LF. Its exit status comes through, and 128+n where signal n ended it.
 *
 * `script` takes a command line for a shell and nothing else, so each argument is quoted for the POSIX shell, which replaces
 * itself by the command. `SHELL` says which shell that is; the command sees its own value of it again.
 *
 * @throws StemmaError TOOL_MISSING, INTERRUPTED
 */
export async function ttyArguments(
  command: ChildCommand,
  options: AbortOptions,
): Promise<{ argv: readonly string[]; env: Readonly<Record<string, string>> }> {
  const program = await requireTool(SCRIPT, command, options);
  const shell = command.env['SHELL'];
  const restore = shell === undefined ? 'unset SHELL' : `export SHELL=${shellQuote(shell)}`;
  const line = `${restore}; exec ${command.argv.map(shellQuote).join(' ')}`;
  return {
    argv: [program, '--quiet', '--return', '--flush', '--command', line, '/dev/null'],
    env: { SHELL: '/bin/sh' },
  };
}
