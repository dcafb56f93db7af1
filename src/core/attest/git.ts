import path from 'node:path';
import type { AbortOptions } from '../progress/index.ts';
import type { Environment } from './builder.ts';

/** Nothing that a repository's configuration names is run: no hook, no file-system monitor. */
const SAFE = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];

export interface GitOptions extends AbortOptions {
  readonly repository: string;
  readonly env: Environment;
}

/**
 * Runs Git in a repository, with nothing of the caller's environment but where programs and the user's own settings are.
 *
 * @param input text for standard input
 * @returns standard output, or undefined where Git failed, was not found or took longer than half a minute
 */
export async function git(
  { repository, env, signal }: GitOptions,
  args: readonly string[],
  input = '',
): Promise<string | undefined> {
  const { execa } = await import('execa');
  const result = await execa('git', [...SAFE, ...args], {
    cwd: repository,
    env: {
      ...Object.fromEntries(
        ['HOME', 'SystemRoot'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
      ),
      // An empty or relative entry would find programs in the repository.
      PATH: (env['PATH'] ?? '')
        .split(path.delimiter)
        .filter((entry) => path.isAbsolute(entry))
        .join(path.delimiter),
      LC_ALL: 'C',
      // No repository around the one that was judged, and no commit in another's place.
      GIT_CEILING_DIRECTORIES: path.dirname(repository),
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_OPTIONAL_LOCKS: '0',
      // A partial clone would fetch what it lacks, by a transport that its configuration names and a program that it may name.
      GIT_ALLOW_PROTOCOL: '',
      GIT_NO_LAZY_FETCH: '1',
      GIT_TERMINAL_PROMPT: '0',
    },
    extendEnv: false,
    reject: false,
    input,
    stripFinalNewline: true,
    timeout: 30_000,
    maxBuffer: 4 * 1024 * 1024,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  return result.failed ? undefined : result.stdout;
}
