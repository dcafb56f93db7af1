import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { workingFolder } from '../wrapping.ts';
import { at, beforeLook, lines, names, recorded, sha256, warnings, watch, write } from './watch-support.ts';

describe('the transcript of a training run', () => {
  it('has each checkpoint in the order in which it appeared, chained', async () => {
    const watching = await watch(['ckpt-*.bin']);
    write('ckpt-2.bin', 'two');
    await recorded('ckpt-2.bin');
    write('ckpt-1.bin', 'one');
    write('other.bin', 'x');
    await recorded('ckpt-1.bin');
    const whole = await watching.finish();
    const [first = '', second = ''] = lines();
    const start = sha256('stemma/transcript/v1\0');
    expect(first).toBe(
      `{"index":0,"name":"ckpt-2.bin","prev":"${start}","seenOn":"2026-01-02T00:00:00.000Z","sha256":"${sha256('two')}","size":3}`,
    );
    expect(second).toBe(
      `{"index":1,"name":"ckpt-1.bin","prev":"${sha256(`${first}\n`)}","seenOn":"2026-01-02T00:00:00.000Z","sha256":"${sha256('one')}","size":3}`,
    );
    expect([lines().length, whole, warnings]).toEqual([2, sha256(readFileSync(at('transcript.jsonl'))), []]);
  });

  it('has a checkpoint again that is overwritten, also with times set back and the same length', async () => {
    const watching = await watch(['last.bin']);
    write('last.bin', 'one');
    await recorded('last.bin');
    write('last.bin', 'two');
    utimesSync(at('last.bin'), 0, 0);
    await recorded('last.bin', 2);
    await watching.finish();
    expect(lines().map((line) => (JSON.parse(line) as { sha256: string }).sha256)).toEqual([
      sha256('one'),
      sha256('two'),
    ]);
  });

  it('waits until a checkpoint is written', async () => {
    const watching = await watch(['c.bin'], {
      now: beforeLook((look) => look < 5 && appendFileSync(at('c.bin'), 'part')),
    });
    await recorded('c.bin');
    await watching.finish();
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toContain(sha256('part'.repeat(5)));
  });

  it('has one that is put in place under its name, in folders that are made meanwhile', async () => {
    const watching = await watch(['out/**/model.bin']);
    mkdirSync(at('out/step-1'), { recursive: true });
    write('out/step-1/tmp', 'x');
    renameSync(at('out/step-1/tmp'), at('out/step-1/model.bin'));
    await recorded('out/step-1/model.bin');
    await watching.finish();
    expect(names()).toEqual(['out/step-1/model.bin']);
  });

  it('takes a last look, in the order of writing', async () => {
    const watching = await watch(['*.bin'], { every: 60_000 });
    write('b.bin', 'b');
    write('a.bin', 'a');
    utimesSync(at('b.bin'), 1000, 1000);
    await watching.finish();
    expect(names()).toEqual(['b.bin', 'a.bin']);
  });

  it('leaves out what was there before, unless it changes', async () => {
    write('old.bin', 'old');
    write('kept.bin', 'kept');
    const watching = await watch(['*.bin']);
    write('old.bin', 'new');
    await watching.finish();
    expect(names()).toEqual(['old.bin']);
  });

  it('has nothing but regular files', async () => {
    const elsewhere = workingFolder();
    writeFileSync(path.join(elsewhere, 'real.bin'), 'x');
    const watching = await watch(['*.bin']);
    mkdirSync(at('folder.bin'));
    symlinkSync(path.join(elsewhere, 'real.bin'), at('link.bin'));
    await watching.finish();
    expect(names()).toEqual([]);
    expect(warnings).toEqual(['no checkpoint was found that matches "*.bin"']);
  });

  it('says which were gone before they could be digested', async () => {
    const isGone = vi.fn();
    const watching = await watch(['*.bin'], {
      now: beforeLook((look) => {
        if (look === 0) write('short.bin', 'x');
        if (look === 1) rmSync(at('short.bin'));
        if (look === 2) isGone();
      }),
    });
    await vi.waitFor(() => expect(isGone).toHaveBeenCalled());
    await watching.finish();
    expect(names()).toEqual([]);
    expect(warnings[1]).toBe('checkpoints that were gone or changed before they could be digested: "short.bin"');
  });

  it('keeps what was written where the run ends otherwise', async () => {
    const watching = await watch(['*.bin']);
    write('a.bin', 'a');
    await recorded('a.bin');
    await watching.end();
    await watching.end();
    write('b.bin', 'b');
    await sleep(50);
    expect(names()).toEqual(['a.bin']);
  });

  it('leaves no empty file behind where the run ends otherwise', async () => {
    const watching = await watch(['*.bin']);
    expect(existsSync(at('transcript.jsonl'))).toBe(true);
    await watching.end();
    expect(existsSync(at('transcript.jsonl'))).toBe(false);
  });

  it('is not finished once the run is interrupted', async () => {
    const interrupt = new AbortController();
    const watching = await watch(['*.bin'], { signal: interrupt.signal });
    write('a.bin', 'a');
    interrupt.abort();
    await expect(watching.finish()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('is not written over another one', async () => {
    write('transcript.jsonl', 'of another run');
    await expect(watch(['*.bin'])).rejects.toMatchObject({ code: 'WOULD_OVERWRITE' });
    expect(readFileSync(at('transcript.jsonl'), 'utf8')).toBe('of another run');
  });

  it('is not written through a link', async () => {
    symlinkSync(at('elsewhere'), at('transcript.jsonl'));
    await expect(watch(['*.bin'])).rejects.toMatchObject({ code: 'WOULD_OVERWRITE' });
    expect(existsSync(at('elsewhere'))).toBe(false);
  });

  it('is refused where it cannot be written', async () => {
    write('file', '');
    for (const file of ['file/transcript.jsonl', 'file/deep/transcript.jsonl']) {
      await expect(watch(['*.bin'], { file: at(file) })).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    }
  });

  it('gets the folders that it is to lie in, and is no checkpoint there', async () => {
    const watching = await watch(['new/**/*'], { file: at('new/deep/transcript.jsonl') });
    write('new/deep/a.bin', 'a');
    await watching.finish();
    const entries = readFileSync(at('new/deep/transcript.jsonl'), 'utf8').trimEnd().split('\n');
    expect(entries.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(['new/deep/a.bin']);
  });

  it('is not begun for a pattern that is none', async () => {
    await expect(watch(['*.bin', '../*.bin'])).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(at('transcript.jsonl'))).toBe(false);
  });
});
