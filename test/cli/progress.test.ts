import { describe, expect, it } from 'vitest';
import { Progress, type ProgressMode } from '../../src/cli/progress.ts';
import { HOSTILE } from './hostile-report.ts';
import { expectInert } from './inert.ts';

const MIB = 1024 * 1024;

function watch(mode: ProgressMode, columns = 200) {
  const written: string[] = [];
  const clock = { now: 0 };
  const progress = new Progress(mode, {
    write: (text) => written.push(text),
    now: () => clock.now,
    columns: () => columns,
  });
  const at = (ms: number, done: number, total = 100 * MIB, path?: string): void => {
    clock.now = ms;
    progress.update({ phase: 'hashing model', done, total, ...(path === undefined ? {} : { path }) });
  };
  return { progress, written, clock, at };
}

describe('progress on a terminal', () => {
  it('redraws one line with share, rate and time left, and erases it at the end', () => {
    const { progress, written, at } = watch('line');

    at(0, 0);
    at(2000, 50 * MIB);
    progress.stop();

    expect(written).toHaveLength(3);
    expect(written[1]).toBe('\r\u001b[Khashing model  50%  50 MiB of 100 MiB  25 MiB/s  2 s left');
    expect(written[2]).toBe('\r\u001b[K');
    expect(written.join('')).not.toContain('\n');
  });

  it('never draws beyond the width of the terminal', () => {
    const { written, at } = watch('line', 30);

    at(0, 1, 100 * MIB, 'x'.repeat(300));

    expect(written[0]?.replace('\r\u001b[K', '').length).toBeLessThanOrEqual(29);
  });

  it('shows a hostile file name escaped', () => {
    const { written, at } = watch('line', 1000);

    at(0, 1, 100, HOSTILE);

    expectInert((written[0] ?? '').replace('\r\u001b[K', ''));
  });

  it('survives a total of nothing and more done than expected', () => {
    const { written, at } = watch('line');

    at(0, 0, 0);
    at(1000, 200 * MIB, 100 * MIB);

    expect(written[0]).toContain('100%');
    expect(written[1]).toContain('100%');
    expect(written[1]).toContain('0 s left');
  });
});

describe('progress in a log', () => {
  it('writes a line at the start, every ten seconds, and at the end', () => {
    const { progress, written, clock, at } = watch('log');

    for (let ms = 0; ms <= 25_000; ms += 100) at(ms, ms * 1000);
    clock.now = 26_000;
    progress.stop();

    expect(written).toHaveLength(4);
    for (const line of written) expect(line).toMatch(/^hashing model.*\n$/);
    expect(written.at(-1)).toMatch(/^hashing model: 24 MiB in 26 s/);
  });

  it('says nothing about work that is over within a second', () => {
    const { progress, written, at } = watch('log');

    at(0, 0);
    at(900, 100 * MIB);
    progress.stop();

    expect(written).toEqual([]);
  });

  it('has no control characters', () => {
    const { progress, written, at } = watch('log');

    at(0, 0);
    at(20_000, 1, 100, HOSTILE);
    progress.stop();

    expectInert(written.join(''));
  });
});

it('silent progress writes nothing at all', () => {
  const { progress, written, at } = watch('silent');

  at(0, 0);
  at(60_000, 1);
  progress.clear();
  progress.stop();

  expect(written).toEqual([]);
});
