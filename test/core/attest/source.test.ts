import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { originUri } from '../../../src/core/attest/origin-uri.ts';
import { readSource, type Source, type SourceOptions } from '../../../src/core/attest/source.ts';
import { expectCode, tempDir, writeFiles } from '../model/support.ts';
import { listen } from './support.ts';

const PATH = process.env['PATH'] ?? '';
let dir: string;
let code: string;

function git(cwd: string, ...args: readonly string[]): string {
  const env = { PATH, HOME: dir, GIT_CONFIG_NOSYSTEM: '1' };
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...who, ...args], { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function repository(at: string): string {
  mkdirSync(at, { recursive: true });
  git(at, 'init', '-q');
  writeFiles(at, { 'train.py': 'print(1)\n', 'data.bin': 'weights\n' });
  git(at, 'add', '.');
  git(at, 'commit', '-q', '-m', 'first');
  return at;
}

/** A program that leaves a trace; as the value of a setting that names a command. */
function trap(name = 'ran'): { readonly command: string; readonly ran: () => boolean } {
  const trace = path.join(dir, name);
  const command = path.join(dir, `${name}.sh`);
  writeFileSync(command, `#!/bin/sh\ntouch '${trace}'\ncat\n`);
  chmodSync(command, 0o755);
  return { command, ran: () => existsSync(trace) };
}

function source(overrides: Partial<SourceOptions> = {}): Promise<Source | undefined> {
  return readSource({ folder: code, explicit: false, untrusted: [], env: { PATH, HOME: dir }, ...overrides });
}

beforeEach(() => {
  dir = tempDir();
  code = repository(path.join(dir, 'code'));
});

describe('the source commit', () => {
  it('is that of the repository around the folder', async () => {
    mkdirSync(path.join(code, 'sub/deeper'), { recursive: true });
    git(code, 'remote', 'add', 'origin', 'https://github.com/org/code.git');
    expect(await source({ folder: path.join(code, 'sub/deeper') })).toEqual({
      digests: { gitCommit: git(code, 'rev-parse', 'HEAD') },
      uri: 'git+https://github.com/org/code.git',
      workingTree: 'clean',
    });
  });

  it('is found on a detached head', async () => {
    git(code, 'checkout', '-q', '--detach');
    expect(await source()).toMatchObject({ workingTree: 'clean' });
  });

  it('is found in a linked working tree', async () => {
    git(code, 'worktree', 'add', '-q', path.join(dir, 'tree'), '-b', 'other');
    writeFiles(path.join(dir, 'tree'), { 'train.py': 'print(2)\n' });
    expect(await source({ folder: path.join(dir, 'tree') })).toMatchObject({
      digests: { gitCommit: git(code, 'rev-parse', 'other') },
      workingTree: 'modified',
    });
  });

  it.each([
    ['a file was changed', (): void => void writeFiles(code, { 'train.py': 'print(2)\n' })],
    ['a file was removed', (): void => rmSync(path.join(code, 'train.py'))],
    [
      'a change is staged',
      (): void => {
        writeFiles(code, { 'train.py': 'print(2)\n' });
        git(code, 'add', '.');
      },
    ],
    [
      'a renamed file is staged',
      (): void => {
        git(code, 'mv', 'train.py', 'run.py');
      },
    ],
  ])('has a modified working tree when %s', async (_, change) => {
    change();
    expect((await source())?.workingTree).toBe('modified');
  });

  it('does not mind untracked files', async () => {
    writeFiles(code, { 'notes.txt': 'x' });
    expect((await source())?.workingTree).toBe('clean');
  });

  it('is absent without a word where there is no repository', async () => {
    const { said, onWarning } = listen();
    expect(await source({ folder: dir, onWarning })).toBeUndefined();
    expect(said).toEqual([]);
  });

  it('is absent, with a warning, where nothing was committed', async () => {
    const empty = path.join(dir, 'empty');
    mkdirSync(empty);
    git(empty, 'init', '-q');
    const { said, onWarning } = listen();
    expect(await source({ folder: empty, onWarning })).toBeUndefined();
    expect(said.join()).toContain('no commit');
  });

  it('is absent, with a warning, where Git is not installed', async () => {
    const { said, onWarning } = listen();
    expect(await source({ env: { PATH: path.join(dir, 'nothing'), HOME: dir }, onWarning })).toBeUndefined();
    expect(said.join()).toContain('git was not found');
  });

  it.each<[string, () => Partial<SourceOptions>, 'USAGE' | 'TOOL_MISSING']>([
    ['has no repository', () => ({ folder: dir }), 'USAGE'],
    ['does not exist', () => ({ folder: path.join(dir, 'absent') }), 'USAGE'],
    ['lies in the model', () => ({ untrusted: [code] }), 'USAGE'],
    ['needs Git, and there is none', () => ({ env: { PATH: path.join(dir, 'nothing') } }), 'TOOL_MISSING'],
  ])('is an error where --source names a folder that %s', async (_, overrides, expected) => {
    const error = await expectCode(source({ explicit: true, ...overrides() }), expected);
    expect(error.message).not.toContain(dir);
  });

  it.each(['SIGINT'])('stops at once when interrupted (%s)', async () => {
    await expectCode(source({ signal: AbortSignal.abort() }), 'INTERRUPTED');
  });
});

describe('repositories that are not asked', () => {
  it.each<[string, () => Partial<SourceOptions>]>([
    ['is the model', () => ({ untrusted: [code] })],
    ['lies in the model', () => ({ untrusted: [dir] })],
    [
      'lies in the model by a link',
      () => {
        symlinkSync(dir, path.join(dir, 'alias'));
        return { untrusted: [path.join(dir, 'alias')] };
      },
    ],
    [
      'keeps its objects in the model',
      () => {
        mkdirSync(path.join(dir, 'model'));
        renameSync(path.join(code, '.git'), path.join(dir, 'model/git'));
        writeFileSync(path.join(code, '.git'), `gitdir: ${path.join(dir, 'model/git')}\n`);
        return { untrusted: [path.join(dir, 'model')] };
      },
    ],
    [
      'is a link into the model',
      () => {
        mkdirSync(path.join(dir, 'model'));
        renameSync(path.join(code, '.git'), path.join(dir, 'model/git'));
        symlinkSync(path.join(dir, 'model/git'), path.join(code, '.git'));
        return { untrusted: [path.join(dir, 'model')] };
      },
    ],
  ])('one that %s', async (_, overrides) => {
    const { said, onWarning } = listen();
    expect(await source({ ...overrides(), onWarning })).toBeUndefined();
    expect(said.join()).toContain('lies inside a model or dataset');
  });

  it('one above a folder with a broken .git is not taken for it', async () => {
    mkdirSync(path.join(code, 'sub/.git'), { recursive: true });
    expect(await source({ folder: path.join(code, 'sub') })).toBeUndefined();
  });
});

/** Makes Git look at the bytes of a file whose time it does not trust. */
function touchAll(): void {
  writeFiles(code, { 'train.py': 'print(1)\n', 'data.bin': 'weights\n' });
}

describe('a hostile configuration', () => {
  it.each(['core.fsmonitor', 'core.sshCommand', 'core.pager', 'core.editor', 'diff.external', 'core.askPass'])(
    'cannot run a program by %s',
    async (setting) => {
      const { command, ran } = trap();
      git(code, 'config', setting, command);
      writeFiles(code, { 'train.py': 'print(2)\n' });
      expect((await source())?.workingTree).toBe('modified');
      expect(ran()).toBe(false);
    },
  );

  it.each(['post-index-change', 'post-checkout', 'reference-transaction', 'pre-commit', 'fsmonitor-watchman'])(
    'cannot run the hook %s',
    async (hook) => {
      const { command, ran } = trap();
      mkdirSync(path.join(code, '.git/hooks'), { recursive: true });
      symlinkSync(command, path.join(code, '.git/hooks', hook));
      touchAll();
      expect((await source())?.workingTree).toBe('clean');
      expect(ran()).toBe(false);
    },
  );

  it.each(['clean', 'smudge', 'process'])('cannot run a %s filter, and says that it cannot tell', async (kind) => {
    const { command, ran } = trap();
    git(code, 'config', `filter.big.${kind}`, command);
    git(code, 'config', 'filter.big.required', 'true');
    writeFiles(code, { '.git/info/attributes': '*.bin filter=big\n', 'data.bin': 'pointer\n' });
    expect((await source())?.workingTree).toBe('unknown');
    expect(ran()).toBe(false);
  });

  it('cannot run a filter whose name has an equals sign', async () => {
    const { command, ran } = trap();
    git(code, 'config', 'filter.a=b.clean', command);
    writeFiles(code, { '.git/info/attributes': '* filter=a=b\n' });
    touchAll();
    expect((await source())?.workingTree).toBe('unknown');
    expect(ran()).toBe(false);
  });

  it('cannot run a filter from a file that it includes', async () => {
    const { command, ran } = trap();
    writeFiles(dir, { extra: `[filter "x"]\n\tclean = ${command}\n` });
    git(code, 'config', 'include.path', path.join(dir, 'extra'));
    writeFiles(code, { '.git/info/attributes': '* filter=x\n' });
    touchAll();
    await source();
    expect(ran()).toBe(false);
  });

  it('cannot run a text conversion', async () => {
    const { command, ran } = trap();
    git(code, 'config', 'diff.x.textconv', command);
    writeFiles(code, { '.git/info/attributes': '* diff=x\n', 'train.py': 'print(2)\n' });
    expect((await source())?.workingTree).toBe('modified');
    expect(ran()).toBe(false);
  });

  it('cannot fetch what a partial clone lacks', async () => {
    const { command, ran } = trap();
    git(code, 'config', 'core.repositoryFormatVersion', '1');
    git(code, 'config', 'extensions.partialClone', 'origin');
    git(code, 'config', 'remote.origin.url', `ext::${command}`);
    git(code, 'config', 'remote.origin.promisor', 'true');
    git(code, 'config', 'protocol.ext.allow', 'always');
    const tree = git(code, 'rev-parse', 'HEAD^{tree}');
    rmSync(path.join(code, '.git/objects', tree.slice(0, 2), tree.slice(2)));
    expect(await source()).toMatchObject({ workingTree: 'unknown' });
    expect(ran()).toBe(false);
  });

  it('cannot put another commit in the place of the one that is recorded', async () => {
    const first = git(code, 'rev-parse', 'HEAD');
    writeFiles(code, { 'train.py': 'print(2)\n' });
    git(code, 'commit', '-q', '-a', '-m', 'second');
    const second = git(code, 'rev-parse', 'HEAD');
    git(code, 'replace', second, first);
    git(code, 'reset', '-q', '--hard');
    expect(await source()).toMatchObject({ digests: { gitCommit: second }, workingTree: 'modified' });
  });

  it('cannot have Git found in the repository by a relative PATH', async () => {
    const { command, ran } = trap();
    symlinkSync(command, path.join(code, 'git'));
    expect(await source({ env: { PATH: `:.:${PATH}`, HOME: dir } })).toBeDefined();
    expect(ran()).toBe(false);
  });

  it('and a hostile environment change nothing', async () => {
    const { command, ran } = trap();
    const other = repository(path.join(dir, 'other'));
    const env = {
      PATH,
      HOME: dir,
      GIT_DIR: path.join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: path.join(other, '.git/index'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: command,
      GIT_EXTERNAL_DIFF: command,
      GIT_SSH_COMMAND: command,
      GIT_EXEC_PATH: dir,
      GIT_TRACE: path.join(dir, 'trace'),
    };
    expect(await source({ env })).toMatchObject({ digests: { gitCommit: git(code, 'rev-parse', 'HEAD') } });
    expect(ran()).toBe(false);
    expect(existsSync(path.join(dir, 'trace'))).toBe(false);
  });

  it('of a filter that a changed file does not have leaves no doubt', async () => {
    const { command, ran } = trap();
    git(code, 'config', 'filter.lfs.clean', command);
    writeFiles(code, { '.git/info/attributes': '*.bin filter=lfs\n', 'train.py': 'print(2)\n' });
    expect((await source())?.workingTree).toBe('modified');
    expect(ran()).toBe(false);
  });
});

describe('the address of the origin', () => {
  it.each([
    ['https://github.com/org/repo.git', 'git+https://github.com/org/repo.git'],
    ['https://user:secret@github.com/org/repo', 'git+https://github.com/org/repo'],
    ['https://secret@github.com/org/repo', 'git+https://github.com/org/repo'],
    ['https://github.com/org/repo?token=secret#secret', 'git+https://github.com/org/repo'],
    ['https://example.com:8443/org/repo', 'git+https://example.com:8443/org/repo'],
    ['git@github.com:org/repo.git', 'git+https://github.com/org/repo.git'],
    ['github.com:org/repo.git', 'git+https://github.com/org/repo.git'],
    ['ssh://git@github.com/org/repo', 'git+https://github.com/org/repo'],
    ['ssh://git@example.com:2222/org/repo', 'git+https://example.com/org/repo'],
    ['git+ssh://git:secret@example.com:2222/org/repo', 'git+https://example.com/org/repo'],
    ['git://example.com/org/repo', 'git+https://example.com/org/repo'],
  ])('of %s is %s', (remote, expected) => {
    expect(originUri(remote)).toBe(expected);
  });

  it.each([
    undefined,
    '',
    '/home/alice/repo',
    '../repo',
    'file:///home/alice/repo',
    'C:\\Users\\alice\\repo',
    'C:/Users/alice/repo',
    'alice@buildbox:repo',
    'alice@host.example.com:/home/alice/repo',
    'alice@host.example.com:~alice/repo',
    'ssh://alice@host.example.com/~alice/repo',
    'http://localhost:3000/org/repo',
    'https://alices-laptop.local/repo',
    'ext::sh -c secret',
    'hf::https://secret@example.com/repo',
    'user:secret@github.com:org/repo',
    'helper.example::https://secret@example.com/repo',
    'javascript:alert(1)',
    'https://',
  ])('is not recorded where it is %j', (remote) => {
    expect(originUri(remote)).toBeUndefined();
  });
});
