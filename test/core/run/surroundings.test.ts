import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseGpus } from '../../../src/core/run/gpus.ts';
import {
  changedFiles,
  childEnvironment,
  detectGpus,
  findLockfiles,
  pythonVersions,
  recordedEnvironment,
  snapshotFolder,
} from '../../../src/core/run/index.ts';
import { tempDir } from '../model/support.ts';

let dir: string;
const at = (...parts: readonly string[]): string => path.join(dir, ...parts);
function write(file: string, text: string, mode = 0o644): string {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), text, { mode });
  chmodSync(at(file), mode);
  return at(file);
}

beforeEach(() => {
  dir = tempDir();
});

describe('the environment of a child', () => {
  it('is ours without anything of ours', () => {
    const env = { PATH: '/bin', STEMMA_PASSPHRASE: 'x', STEMMA_SIGNING_KEY: 'y', stemma_quiet: '1', A: undefined };
    expect(childEnvironment(env, false)).toEqual({ PATH: '/bin' });
  });

  it.each<[Record<string, string>, string | undefined]>([
    [{}, '1'],
    [{ NO_COLOR: '1' }, undefined],
    [{ NO_COLOR: '' }, '1'],
    [{ FORCE_COLOR: '3' }, '3'],
    [{ FORCE_COLOR: '0' }, '0'],
  ])('tells of the terminal that it cannot see: %j', (env, color) => {
    expect(childEnvironment(env, true)['FORCE_COLOR']).toBe(color);
  });

  it('records variables of the closed list alone', () => {
    const env = { PYTHONHASHSEED: '0', PATH: '/bin', HOME: '/root', HF_TOKEN: 'x', PYTHONHASHSEED2: '1' };
    expect(recordedEnvironment(env)).toEqual({ PYTHONHASHSEED: '0' });
  });
});

describe('the snapshot of a folder', () => {
  async function changes(change: () => void): Promise<string[]> {
    write('a.txt', 'a');
    write('sub/b.txt', 'b');
    const before = await snapshotFolder(dir, {});
    change();
    return changedFiles(before, await snapshotFolder(dir, {}));
  }

  it.each<[string, () => void, readonly string[]]>([
    ['nothing', () => undefined, []],
    ['a new file', () => write('sub/c/d.txt', 'd'), ['sub/c/d.txt']],
    ['another text', () => write('a.txt', 'other'), ['a.txt']],
    ['a text of the same length', () => write('a.txt', 'x'), ['a.txt']],
    [
      'a text of the same length and time',
      () => {
        write('a.txt', 'x');
        utimesSync(at('a.txt'), 0, 0);
      },
      ['a.txt'],
    ],
    ['a file less', () => rmSync(at('sub/b.txt')), ['sub/b.txt']],
    ['another name', () => renameSync(at('a.txt'), at('z.txt')), ['a.txt', 'z.txt']],
    ['a link', () => symlinkSync('/etc', at('link')), ['link']],
    ['an empty folder', () => mkdirSync(at('empty')), []],
    ['what tools write', () => write('node_modules/x/y', 'x'), []],
    ['what Git writes', () => write('sub/.git/HEAD', 'x'), []],
  ])('shows %s', async (_, change, changed) => {
    expect(await changes(change)).toEqual(changed);
  });

  it('says which folders it did not look into', async () => {
    write('node_modules/x', 'x');
    write('sub/__pycache__/x', 'x');
    expect([...(await snapshotFolder(dir, {})).skipped].toSorted()).toEqual(['__pycache__', 'node_modules']);
  });

  it('follows no link, not even in a circle', async () => {
    symlinkSync('.', at('self'));
    expect([...(await snapshotFolder(dir, {})).files.keys()]).toEqual(['self']);
  });

  it('gives up where there is too much', async () => {
    for (let i = 0; i < 50_001; i++) writeFileSync(at(String(i)), '');
    expect((await snapshotFolder(dir, {})).complete).toBe(false);
  });

  it('can be interrupted', async () => {
    write('a', 'a');
    await expect(snapshotFolder(dir, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('lockfiles', () => {
  it('are regular files with known names and of a size that can be', () => {
    for (const name of ['uv.lock', 'requirements.txt', 'other.txt']) write(name, 'x');
    mkdirSync(at('poetry.lock'));
    symlinkSync('/etc/hostname', at('yarn.lock'));
    truncateSync(write('go.sum', ''), 65 * 2 ** 20);
    expect(findLockfiles(dir)).toEqual([at('requirements.txt'), at('uv.lock')]);
  });
});

describe('GPUs', () => {
  it('are read from what nvidia-smi says', async () => {
    write('bin/nvidia-smi', '#!/bin/sh\necho "NVIDIA H100 80GB HBM3, 570.86.15"\necho "NVIDIA A100, 535.1"\n', 0o755);
    expect(await detectGpus(`${at('bin')}:${process.env['PATH']}`, {})).toEqual([
      { name: 'NVIDIA H100 80GB HBM3', driver: '570.86.15' },
      { name: 'NVIDIA A100', driver: '535.1' },
    ]);
  });

  it.each([
    ['fails', 'exit 9'],
    ['says something else', 'echo "No devices were found"'],
    ['floods', 'yes "NVIDIA, 1" | head -c 1000000'],
  ])('are none where it %s', async (_, text) => {
    write('bin/nvidia-smi', `#!/bin/sh\n${text}\n`, 0o755);
    expect(await detectGpus(`${at('bin')}:${process.env['PATH']}`, {})).toEqual([]);
  });

  it('are none where it is not there, or only in the working folder', async () => {
    expect(await detectGpus('', {})).toEqual([]);
    expect(await detectGpus('.:bin', {})).toEqual([]);
  });

  it('of hostile lines are none', () => {
    expect(parseGpus('a, b c\n, 1\nx,1\n"x", \u001b[31m\n')).toEqual([]);
    expect(parseGpus('GPU, 1\n'.repeat(100))).toHaveLength(64);
  });
});

describe('the versions of Python and its frameworks', () => {
  const versions = (program: string, env: Record<string, string> = {}) =>
    pythonVersions({
      argv: [program, 'train.py'],
      cwd: dir,
      env: { PATH: `${at('venv/bin')}:${at('usr/bin')}`, ...env },
    });

  beforeEach(() => {
    write('usr/bin/python3.12', 'ELF', 0o755);
    symlinkSync('python3.12', at('usr/bin/python3'));
    write('usr/lib/python3.12/site-packages/torch-2.8.0+cu128.dist-info/METADATA', '');
    write('usr/lib/python3/dist-packages/numpy-1.26.4.egg-info/PKG-INFO', '');
  });

  it('are told from the names of its packages', () => {
    for (const name of ['secret_project-1.0.dist-info', 'torch', 'torch-x.dist-info', 'numpy-2.dist-info.bak']) {
      mkdirSync(at('usr/lib/python3.12/site-packages', name));
    }
    expect(versions('python3')).toEqual({ python: '3.12', torch: '2.8.0+cu128', numpy: '1.26.4' });
  });

  it('are those of a virtual environment, not of what it was made from', () => {
    mkdirSync(at('venv/bin'), { recursive: true });
    symlinkSync(at('usr/bin/python3.12'), at('venv/bin/python'));
    write('venv/pyvenv.cfg', `home = ${at('usr/bin')}\nversion = 3.12.3\n`);
    write('venv/lib/python3.12/site-packages/Scikit_Learn-1.7.0.dist-info/METADATA', '');
    expect(versions('python')).toEqual({ python: '3.12.3', 'scikit-learn': '1.7.0' });
    expect(versions(at('venv/bin/python'))).toEqual({ python: '3.12.3', 'scikit-learn': '1.7.0' });
  });

  it.each(['#!%s/usr/bin/python3.12', '#! %s/usr/bin/python3 -u', '#!/usr/bin/env python3'])(
    'are found through the first line of a script: %s',
    (line) => {
      write('usr/bin/torchrun', `${line.replace('%s', dir)}\nimport sys\n`, 0o755);
      expect(versions('torchrun')).toMatchObject({ python: '3.12', torch: '2.8.0+cu128' });
    },
  );

  it.each([
    ['a program that is not there', 'gone'],
    ['a folder', '.'],
    ['a shell script', 'train.sh'],
    ['a program of another language', 'rustc'],
    ['a script whose interpreter is gone', 'broken'],
  ])('are none for %s', (_, program) => {
    write('usr/bin/train.sh', '#!/bin/sh\npython3 train.py\n', 0o755);
    write('usr/bin/rustc', '\u007fELF', 0o755);
    write('usr/bin/broken', '#!/nowhere/python3\n', 0o755);
    expect(versions(program)).toEqual({});
  });
});
