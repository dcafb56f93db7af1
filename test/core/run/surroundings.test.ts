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
