import type { WorkingTree } from '../attestation/index.ts';
import { type GitOptions, git } from './git.ts';

/**
 * Whether tracked files hold what the commit holds. Content filters (Git-LFS and the like) are programs that the configuration
 * names, and are off: a file that differs without its filter is `unknown`, one that has none is `modified`.
 */
export async function judgeWorkingTree(options: GitOptions): Promise<WorkingTree> {
  const filters = await filterNames(options);
  // `-c` ends the name at the first `=`: such a filter cannot be switched off by it.
  if (filters === undefined || filters.some((name) => name.includes('='))) return 'unknown';
  const off = filters.flatMap((name) => [
    ...['clean', 'smudge', 'process'].flatMap((kind) => ['-c', `filter.${name}.${kind}=`]),
    '-c',
    `filter.${name}.required=false`,
  ]);
  const status = ['status', '--porcelain', '-z', '--untracked-files=no', '--no-renames', '--ignore-submodules=dirty'];
  const output = await git(options, [...off, ...status]);
  if (output === undefined) return 'unknown';
  if (output === '') return 'clean';
  // `XY path` each: X compares the commit with the index, in which no filter takes part; Y the index with the file.
  const entries = output.split('\0').filter((entry) => entry !== '');
  if (entries.some((entry) => entry[0] !== ' ')) return 'modified';
  const paths = entries.map((entry) => entry.slice(3));
  const attributes = await git(options, ['check-attr', '-z', '--stdin', 'filter'], `${paths.join('\0')}\0`);
  if (attributes === undefined) return 'unknown';
  const values = attributes.split('\0').filter((_, index) => index % 3 === 2);
  return values.some((value) => !filters.includes(value)) ? 'modified' : 'unknown';
}

/** Names of the content filters that any configuration defines: `filter.lfs.clean` → `lfs`. */
async function filterNames(options: GitOptions): Promise<string[] | undefined> {
  // Git ends with 1 where nothing matches, which is not told from a failure: so something that is always there is asked too.
  const keys = await git(options, ['config', '-z', '--name-only', '--get-regexp', '^(filter\\..*|core\\.hookspath)$']);
  const names = keys?.split('\0').flatMap((key) => /^filter\.([\s\S]+)\.[^.]+$/.exec(key)?.[1] ?? []);
  return names === undefined ? undefined : [...new Set(names)];
}
