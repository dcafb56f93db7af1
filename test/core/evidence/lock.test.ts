import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../src/core/evidence/index.ts';
import { mayLive, parseHolder, thisProcess } from '../../../src/core/evidence/lock-holder.ts';
import { temporaryName } from '../../../src/core/evidence/temporary.ts';
import { expectCode, tempDir } from '../model/support.ts';

let dir: string;
let file: string;
const before = process.env['TMPDIR'];
beforeEach(() => {
  dir = tempDir();
  file = path.join(dir, 'model.sig');
  mkdirSync(path.join(dir, 'tmp'));
  process.env['TMPDIR'] = path.join(dir, 'tmp');
});
afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
});

const locks = (): string[] => readdirSync(path.join(dir, 'tmp'));
const lockFile = (): string => {
  const id = createHash('sha256').update(file).digest('hex').slice(0, 32);
  return path.join(dir, 'tmp', `stemma-${process.getuid?.() ?? 0}-${id}.lock`);
};

/** A process of its own that takes the lock and says so; kill it with `child.kill('SIGKILL')`. */
async function otherHolder(): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'hold-lock.ts'), [file], { stdio: 'inherit' });
  await once(child, 'message');
  return child;
}

describe('the lock', () => {
  it('is there while the work goes on, and gone after it', async () => {
    const during = await withLock(file, () => Promise.resolve(locks()));
    expect(during).toEqual([path.basename(lockFile())]);
    expect(locks()).toEqual([]);
  });

  it('lies outside the folder that it is about', async () => {
    expect(await withLock(file, () => Promise.resolve(readdirSync(dir)))).toEqual(['tmp']);
  });

  it('takes along the drafts of killed processes, and leaves one that may be in the making', async () => {
    const draft = (): string => path.join(dir, 'tmp', temporaryName(lockFile()));
    writeFileSync(draft(), JSON.stringify({ ...(await thisProcess()), pid: 2 ** 22 + 1 }));
    const [living, empty] = [draft(), draft()];
    writeFileSync(living, JSON.stringify(await thisProcess()));
    writeFileSync(empty, '');

    await withLock(file, () => Promise.resolve());

    expect(locks().toSorted()).toEqual([living, empty].map((at) => path.basename(at)).toSorted());
  });

  it('is gone after work that failed', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(locks()).toEqual([]);
  });

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(5);
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(file, work)));
    expect(most).toBe(1);
  });

  it('is the same by another path to the same folder, and for a file that is not there yet', async () => {
    symlinkSync(dir, path.join(dir, 'alias'));
    await withLock(path.join(dir, 'new/x.sig'), async () => {
      const signal = AbortSignal.timeout(100);
      await expectCode(
        withLock(path.join(dir, 'alias/new/x.sig'), () => Promise.resolve(), { signal }),
        'INTERRUPTED',
      );
    });
  });

  it('does not keep anybody from another file', async () => {
    expect(await withLock(file, () => withLock(`${file}2`, () => Promise.resolve('in')))).toBe('in');
  });

  it('of a process that lives is waited for', async () => {
    const child = await otherHolder();
    await expectCode(
      withLock(file, () => Promise.resolve(), { signal: AbortSignal.timeout(300) }),
      'INTERRUPTED',
    );
    const waiting = withLock(file, () => Promise.resolve('in'));
    const exited = once(child, 'exit');
    child.send('release');
    expect(await waiting).toBe('in');
    await exited;
  });

  it('of a process that was killed is taken over', async () => {
    const child = await otherHolder();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(lockFile())).toBe(true);
    expect(await withLock(file, () => Promise.resolve('in'))).toBe('in');
    expect(locks()).toEqual([]);
  });

  it('that was left is taken over by one of many, one at a time', async () => {
    writeFileSync(lockFile(), JSON.stringify({ ...(await thisProcess()), pid: 2 ** 22 + 1 }));
    let inside = 0;
    const work = async (): Promise<void> => {
      expect(++inside).toBe(1);
      await sleep(5);
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(file, work)));
    expect(locks()).toEqual([]);
  });

  it('is taken over although the removal of it was itself cut short', async () => {
    const gone = JSON.stringify({ ...(await thisProcess()), pid: 2 ** 22 + 1 });
    writeFileSync(lockFile(), gone);
    writeFileSync(`${lockFile()}.removal`, gone);
    expect(await withLock(file, () => Promise.resolve('in'))).toBe('in');
    expect(locks()).toEqual([]);
  });

  it.each(['', 'garbage', '{"pid":0}', '{"pid":-1,"started":"","namespace":""}'])(
    'that holds %j is held by nobody',
    async (text) => {
      writeFileSync(lockFile(), text);
      expect(await withLock(file, () => Promise.resolve('in'))).toBe('in');
    },
  );

  it.each<[string, () => void]>([
    ['a folder', () => mkdirSync(lockFile())],
    ['a link to nothing', () => symlinkSync('absent', lockFile())],
    [
      'a link to a lock',
      () => {
        writeFileSync(path.join(dir, 'stale'), '');
        symlinkSync(path.join(dir, 'stale'), lockFile());
      },
    ],
    ['a FIFO', () => execFileSync('mkfifo', [lockFile()])],
  ])('in whose place there is %s is an error at once, and that is not removed', async (_, put) => {
    put();
    let ran = false;
    const work = (): Promise<void> => {
      ran = true;
      return Promise.resolve();
    };
    const started = performance.now();
    const error = await expectCode(withLock(file, work), 'LOCK_TIMEOUT');
    expect(performance.now() - started).toBeLessThan(5000);
    expect(error.message).toContain('is not a lock file of this user');
    expect(error.message).not.toContain(dir);
    expect([ran, lstatSync(lockFile(), { throwIfNoEntry: false }) === undefined]).toEqual([false, false]);
  });

  it.runIf(process.getuid?.() === 0)('of another user is an error at once, however stale it looks', async () => {
    writeFileSync(lockFile(), '');
    chownSync(lockFile(), 65_534, 65_534);
    await expectCode(
      withLock(file, () => Promise.resolve()),
      'LOCK_TIMEOUT',
    );
    expect(existsSync(lockFile())).toBe(true);
  });

  it('that cannot be made is an error without the path', async () => {
    process.env['TMPDIR'] = path.join(dir, 'absent');
    const error = await expectCode(
      withLock(file, () => Promise.resolve()),
      'WRITE_FAILED',
    );
    expect(error.message).not.toContain(dir);
  });

  it('is not taken by work that was interrupted before', async () => {
    let ran = false;
    const work = (): Promise<void> => {
      ran = true;
      return Promise.resolve();
    };
    await expectCode(withLock(file, work, { signal: AbortSignal.abort() }), 'INTERRUPTED');
    expect([ran, locks()]).toEqual([false, []]);
  });
});

describe('who holds a lock', () => {
  it('is read as it was written', async () => {
    const holder = await thisProcess();
    expect(parseHolder(JSON.stringify(holder))).toEqual(holder);
    expect(await mayLive(holder)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is another one where the id is used again', async () => {
    expect(await mayLive({ ...(await thisProcess()), started: '1' })).toBe(false);
  });

  it.runIf(process.platform === 'linux')('is not judged from another container', async () => {
    expect(await mayLive({ pid: 2 ** 22 + 1, started: '1', namespace: 'pid:[1]' })).toBe(true);
  });
});
