import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../../src/core/evidence/index.ts';
import { tempDir } from '../model/support.ts';

describe('makeFolder', () => {
  it('makes what is missing with its mode, and says which folder was the first', async () => {
    const dir = tempDir();

    expect(await makeFolder(path.join(dir, 'a/b/c'), 0o700)).toBe(path.join(dir, 'a'));
    expect(statSync(path.join(dir, 'a/b/c')).mode & 0o777).toBe(0o700);
    expect(await makeFolder(path.join(dir, 'a/b/c'))).toBeUndefined();
    expect(await makeFolder(path.join(dir, 'a/b/d'))).toBe(path.join(dir, 'a/b/d'));
  });

  it('makes one folder for all who ask for it at the same time', async () => {
    const dir = tempDir();
    const firsts = await Promise.all(Array.from({ length: 8 }, () => makeFolder(path.join(dir, 'a/b'))));

    expect(existsSync(path.join(dir, 'a/b'))).toBe(true);
    expect(firsts.filter((first) => first === path.join(dir, 'a'))).toHaveLength(1);
  });

  it.runIf(existsSync('/proc/self'))('comes back where the system never makes any', async () => {
    await expect(makeFolder('/proc/stemma-none/a')).rejects.toThrow(/ENOENT/);
  });

  it.each<readonly [string, (dir: string) => void, RegExp]>([
    ['a file stands above it', (dir) => writeFileSync(path.join(dir, 'a'), ''), /ENOTDIR/],
    ['a link leads nowhere', (dir) => symlinkSync('nowhere', path.join(dir, 'a')), /ENOENT|EEXIST/],
    ['a link leads to itself', (dir) => symlinkSync('a', path.join(dir, 'a')), /ELOOP/],
  ])('makes nothing where %s', async (_, spoil, message) => {
    const dir = tempDir();
    mkdirSync(path.join(dir, 'other'));
    spoil(dir);

    await expect(makeFolder(path.join(dir, 'a/b'))).rejects.toThrow(message);
  });
});
