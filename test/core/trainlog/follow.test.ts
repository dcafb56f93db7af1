import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GrowingLog } from '../../../src/core/trainlog/follow.ts';
import { LogFollower } from '../../../src/core/trainlog/follow-log.ts';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { rootOfRecords } from '../records/support.ts';

const fresh = (name = 'train.jsonl'): string => path.join(mkdtempSync(path.join(tmpdir(), 'stemma-follow-')), name);
const PASSED = 350;

const records = (...lines: string[]): Uint8Array => rootOfRecords(lines.map((line) => Buffer.from(line)));

/** Rewrites bytes in place; the time is set apart, since two writes may fall into one tick of the clock of the file system. */
function overwrite(file: string, content: string): void {
  writeFileSync(file, content, { flag: 'r+' });
  utimesSync(file, new Date(), new Date(Date.now() + 5000));
}

describe('a log that is followed', () => {
  it('has its records in the tree soon after they were written', async () => {
    const file = fresh();
    let advanced = 0;
    const follower = await LogFollower.start(file, { onAdvance: () => advanced++ });
    writeFileSync(file, 'a\nb');
    await sleep(PASSED);
    expect(follower.tree.complete).toEqual({ size: 1, root: records('a\n') });
    appendFileSync(file, '\nc\n');
    await sleep(PASSED);
    expect(follower.tree.complete).toEqual({ size: 3, root: records('a\n', 'b\n', 'c\n') });
    expect(advanced).toBe(2);
    appendFileSync(file, 'd');
    const { digest, problem } = await follower.finish({});
    expect(problem).toBeUndefined();
    expect(digest).toEqual(await digestLog(file, {}));
    expect(digest.size).toBe(4);
  });

  it('may be there before, and is read from its begin once it grows', async () => {
    const file = fresh();
    writeFileSync(file, 'old\n');
    const follower = await LogFollower.start(file);
    await sleep(PASSED);
    expect(follower.tree.size).toBe(0);
    appendFileSync(file, 'new\n');
    await sleep(PASSED);
    expect(follower.tree.complete.root).toEqual(records('old\n', 'new\n'));
    expect((await follower.finish({})).problem).toBeUndefined();
  });

  it('may be begun anew by a trainer that finds one of an earlier run', async () => {
    const file = fresh();
    writeFileSync(file, 'a long line of an earlier run\n');
    const follower = await LogFollower.start(file);
    await sleep(PASSED);
    writeFileSync(file, 'new\n');
    const { digest, problem } = await follower.finish({});
    expect([digest.size, problem]).toEqual([1, undefined]);
  });

  it('may never change', async () => {
    const file = fresh();
    writeFileSync(file, 'a\nb\n');
    const { digest, problem } = await (await LogFollower.start(file)).finish({});
    expect([digest.size, problem]).toEqual([2, undefined]);
  });

  it('may be replaced before anything of it was read', async () => {
    const file = fresh();
    writeFileSync(file, 'old\n');
    const follower = await LogFollower.start(file);
    writeFileSync(`${file}.new`, 'new\nnew\n');
    renameSync(`${file}.new`, file);
    const { digest, problem } = await follower.finish({});
    expect([digest.size, problem]).toEqual([2, undefined]);
  });
});

describe('a log that is followed is flagged', () => {
  it.each<[string, (file: string) => void]>([
    ['shortened', (file) => truncateSync(file, 2)],
    ['shortened to nothing', (file) => truncateSync(file, 0)],
    ['shortened and written to again', (file) => writeFileSync(file, 'a\nx\n')],
    [
      'rotated',
      (file) => {
        renameSync(file, `${file}.1`);
        writeFileSync(file, 'a\nb\nc\nd\n');
      },
    ],
    ['edited at its end', (file) => overwrite(file, 'a\nb\nx\n')],
    ['edited at its end, and appended to', (file) => overwrite(file, 'a\nb\nx\nd\n')],
    ['edited anywhere', (file) => overwrite(file, `x\n`)],
  ])('when it is %s', async (_, tamper) => {
    const file = fresh();
    const follower = await LogFollower.start(file);
    writeFileSync(file, 'a\nb\nc\n');
    await sleep(PASSED);
    expect(follower.tree.size).toBe(3);
    tamper(file);
    await sleep(PASSED);
    const { problem } = await follower.finish({});
    expect(problem).toMatchObject({ code: 'FILE_CHANGED' });
    expect(problem?.message).toContain('train.jsonl');
    expect(problem?.message).not.toContain(tmpdir());
  });

  it('when it was edited far back, with length and end as they were', async () => {
    const file = fresh();
    const follower = await LogFollower.start(file);
    writeFileSync(file, 'line\n'.repeat(10_000));
    await sleep(PASSED);
    overwrite(file, 'lime\n');
    await sleep(PASSED);
    appendFileSync(file, 'more\n');
    const { problem } = await follower.finish({});
    expect(problem).toMatchObject({ code: 'FILE_CHANGED' });
  });

  it('even if it is put back as it was', async () => {
    const file = fresh();
    const follower = await LogFollower.start(file);
    writeFileSync(file, 'a\nb\nc\n');
    await sleep(PASSED);
    truncateSync(file, 2);
    await sleep(PASSED);
    appendFileSync(file, 'b\nc\n');
    expect((await follower.finish({})).problem).toMatchObject({ code: 'FILE_CHANGED' });
  });

  it('and no more records are taken from it', async () => {
    const file = fresh();
    const follower = await LogFollower.start(file);
    writeFileSync(file, 'a\nb\nc\n');
    await sleep(PASSED);
    writeFileSync(file, '');
    await sleep(PASSED);
    appendFileSync(file, 'x\n'.repeat(20));
    await sleep(PASSED);
    expect(follower.tree.size).toBe(3);
    await follower.finish({});
  });
});

describe('there is no answer', () => {
  it('for a log that never appears', async () => {
    const follower = await LogFollower.start(fresh());
    await expect(follower.finish({})).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  it('for a log that is gone in the end', async () => {
    const file = fresh();
    const follower = await LogFollower.start(file);
    writeFileSync(file, 'a\n');
    await sleep(PASSED);
    rmSync(file);
    await expect(follower.finish({})).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  it('for TensorBoard frames that are none', async () => {
    const file = fresh('events.out.tfevents.1');
    const follower = await LogFollower.start(file);
    writeFileSync(file, 'x'.repeat(40));
    await sleep(PASSED);
    await expect(follower.finish({})).rejects.toMatchObject({ code: 'LOG_INVALID' });
  });

  it('for a folder', async () => {
    const follower = await LogFollower.start(fresh('..'));
    await expect(follower.finish({})).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE' });
  });

  it('for one that was abandoned', async () => {
    const file = fresh();
    const follower = await LogFollower.start(file);
    writeFileSync(file, 'a\n');
    await sleep(PASSED);
    await follower.abandon();
    appendFileSync(file, 'b\n');
    await sleep(PASSED);
    expect(follower.tree.size).toBe(1);
  });
});

describe('a growing log', () => {
  it('is read up to the size that it has when it is asked for', async () => {
    const file = fresh();
    writeFileSync(file, 'a\n');
    const log = await GrowingLog.open(file);
    const read: string[] = [];
    const take = (chunk: Uint8Array): void => {
      read.push(Buffer.from(chunk).toString());
      if (read.length === 1) appendFileSync(file, 'b\n');
    };
    await log.readOn(take);
    expect([read, log.bytes]).toEqual([['a\n'], 2]);
    await log.readOn(take);
    await log.readOn(take);
    expect([read, log.bytes]).toEqual([['a\n', 'b\n'], 4]);
    await log.close();
  });

  it('is read no further once it is aborted', async () => {
    const file = fresh();
    writeFileSync(file, 'a\n');
    const log = await GrowingLog.open(file);
    await expect(log.readOn(() => undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    await log.close();
  });
});
