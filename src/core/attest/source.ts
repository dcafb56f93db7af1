import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { WorkingTree } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { Environment } from './builder.ts';
import { publicUri } from './builder.ts';

/** The source commit that a training run came from. */
export interface Source {
  /** `gitCommit` (in-toto DigestSet). */
  readonly digests: DigestSet;
  /** The origin's address without credentials, where it is a public kind of address. */
  readonly uri?: string;
  /** `unknown` where a configured filter, disabled here, could explain a difference. */
  readonly workingTree: WorkingTree;
}

/** The folder that holds `.git`, from `start` upwards; found without running Git. */
function findRepository(start: string): string | undefined {
  for (let at = realpathSync(start); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at;
    if (path.dirname(at) === at) return undefined;
  }
}

const isInside = (child: string, parent: string): boolean => {
  const relative = path.relative(realpathSync(parent), child);
  return relative === '' || (!relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative));
};

/** Nothing that a repository's configuration names is run: no hook, no file-system monitor, no external diff, no prompt. */
const SAFE = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.attributesFile=/dev/null',
  '-c',
  'protocol.allow=never',
];

async function git(repository: string, env: Environment, args: readonly string[]): Promise<string | undefined> {
  const kept = Object.fromEntries(
    Object.entries(env).filter(([name]) => ['PATH', 'HOME', 'SystemRoot'].includes(name)),
  );
  const result = await execa('git', [...SAFE, ...args], {
    cwd: repository,
    env: { ...kept, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 30_000,
    maxBuffer: 4 * 1024 * 1024,
  });
  return result.failed ? undefined : result.stdout.trim();
}

/** Names of the content filters that any configuration defines (`filter.lfs.clean` → `lfs`). */
async function filterNames(repository: string, env: Environment): Promise<string[]> {
  const lines = await git(repository, env, ['config', '--name-only', '--get-regexp', '^filter\\.']);
  const names = (lines ?? '').split('\n').flatMap((line) => /^filter\.(.+)\.[^.]+$/.exec(line)?.[1] ?? []);
  return [...new Set(names)];
}

async function judgeWorkingTree(repository: string, env: Environment): Promise<WorkingTree> {
  const names = await filterNames(repository, env);
  const off = names.flatMap((name) =>
    ['clean', 'smudge', 'process']
      .flatMap((kind) => ['-c', `filter.${name}.${kind}=`])
      .concat('-c', `filter.${name}.required=false`),
  );
  const status = await git(repository, env, [...off, 'status', '--porcelain', '-uno', '--ignore-submodules=dirty']);
  if (status === undefined) return 'unknown';
  if (status === '') return 'clean';
  return names.length === 0 ? 'modified' : 'unknown';
}

/** `git@host:path` is the same place as `ssh://host/path`; a local path is never recorded. */
function originUri(remote: string | undefined): string | undefined {
  const scp = /^(?:[^@/\s]+@)?([A-Za-z0-9.-]+):(?!\/\/)([^\s]+)$/.exec(remote ?? '');
  if (scp !== null) return publicUri(`https://${scp[1]}/${scp[2]?.replace(/^\/+/, '')}`);
  return publicUri(remote?.replace(/^(?:ssh|git):\/\//, 'https://'));
}

export interface SourceOptions {
  /** The folder whose repository is meant: `--source`, else the working directory. */
  readonly folder: string;
  /** Whether the user named it; then its absence is an error. */
  readonly explicit: boolean;
  /** Models and datasets: a repository inside one of them is never asked (its configuration is untrusted). */
  readonly untrusted: readonly string[];
  readonly env: Environment;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * The Git commit that the work was done from, or undefined where there is no repository.
 *
 * @throws StemmaError USAGE where `--source` names no usable repository, TOOL_MISSING where it needs Git and there is none
 */
export async function readSource(options: SourceOptions): Promise<Source | undefined> {
  const refuse = (message: string, hint: string): undefined => {
    if (options.explicit) throw new StemmaError('USAGE', message, { hint });
    return undefined;
  };
  const repository = existsSync(options.folder) ? findRepository(options.folder) : undefined;
  if (repository === undefined) {
    return refuse(
      `no Git repository at ${quote(path.basename(options.folder))}`,
      'leave --source out, or name a checkout',
    );
  }
  if (options.untrusted.some((folder) => isInside(repository, folder))) {
    return refuse(
      'the Git repository lies inside a model or dataset, and is not asked',
      'name the checkout of the training code',
    );
  }
  if ((await git(repository, options.env, ['--version'])) === undefined) {
    if (options.explicit) throw new StemmaError('TOOL_MISSING', 'git is needed for --source and was not found');
    options.onWarning?.('git was not found: the source commit is not recorded');
    return undefined;
  }
  const commit = await git(repository, options.env, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  if (commit === undefined || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    options.onWarning?.('the Git repository has no commit that can be read: the source is not recorded');
    return undefined;
  }
  const uri = originUri(await git(repository, options.env, ['config', '--get', 'remote.origin.url']));
  return {
    digests: { gitCommit: commit },
    ...(uri === undefined ? {} : { uri: `git+${uri}` }),
    workingTree: await judgeWorkingTree(repository, options.env),
  };
}
