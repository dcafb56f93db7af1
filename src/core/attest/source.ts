import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { WorkingTree } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { StemmaError, throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import type { Environment } from './builder.ts';
import { git } from './git.ts';
import { originUri } from './origin-uri.ts';
import { judgeWorkingTree } from './working-tree.ts';

/** The source commit that a training run came from. */
export interface Source {
  /** `gitCommit` (in-toto DigestSet). */
  readonly digests: DigestSet;
  /** The origin's address without credentials, where it is a public kind of address. */
  readonly uri?: string;
  /** `unknown` where a configured filter, disabled here, could explain a difference. */
  readonly workingTree: WorkingTree;
}

export interface SourceOptions extends AbortOptions {
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
  const { folder, explicit, env, signal, onWarning } = options;
  const without = (message: string, hint: string): undefined => {
    if (explicit) throw new StemmaError('USAGE', message, { hint });
    onWarning?.(`${message}: the source commit is not recorded`);
  };
  const repository = existsSync(folder) ? findRepository(folder) : undefined;
  if (repository === undefined) {
    if (!explicit) return undefined;
    return without(`no Git repository at ${quote(path.basename(folder))}`, 'leave --source out, or name a checkout');
  }
  const untrusted = 'the Git repository lies inside a model or dataset, and is not asked';
  if (options.untrusted.some((parent) => isInside(repository, parent))) {
    return without(untrusted, 'name the checkout of the training code');
  }
  const ask = { repository, env, signal };
  if ((await git(ask, ['--version'])) === undefined) {
    throwIfAborted(signal);
    if (explicit) throw new StemmaError('TOOL_MISSING', 'git is needed for --source and was not found');
    onWarning?.('git was not found: the source commit is not recorded');
    return undefined;
  }
  // `.git` may be a link, or a file that names another place.
  const places = await git(ask, ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir']);
  const folders = places?.split('\n').filter((place) => existsSync(place)) ?? [];
  if (folders.some((place) => options.untrusted.some((parent) => isInside(realpathSync(place), parent)))) {
    return without(untrusted, 'name the checkout of the training code');
  }
  const commit =
    folders.length === 0 ? undefined : await git(ask, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  throwIfAborted(signal);
  if (commit === undefined || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    return without('the Git repository has no commit that can be read', 'commit the training code first');
  }
  const uri = originUri(await git(ask, ['config', '--get', 'remote.origin.url']));
  const workingTree = await judgeWorkingTree(ask);
  throwIfAborted(signal);
  return { digests: { gitCommit: commit }, ...(uri === undefined ? {} : { uri }), workingTree };
}

/** The folder that holds `.git`, from `start` upwards; found without running Git. */
function findRepository(start: string): string | undefined {
  for (let at = realpathSync(start); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at;
    if (path.dirname(at) === at) return undefined;
  }
}

function isInside(child: string, parent: string): boolean {
  const real = existsSync(parent) ? realpathSync(parent) : parent;
  const relative = path.relative(real, child);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
