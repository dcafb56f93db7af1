import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../src/core/keys/index.ts';
import { openNote, parseCheckpoint, parseNote, splitNotes } from '../../../src/core/log/index.ts';
import type { CheckpointOptions } from '../../../src/core/run/checkpoint.ts';
import { openCheckpoints } from '../../../src/core/run/checkpoint-writer.ts';
import { noteOf, signerOf } from '../log/support.ts';
import { newTree, rootOfRecords } from '../records/support.ts';

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'stemma-checkpoints-'));
const signer = await signerOf('ed25519');
const INVOCATION = '0'.repeat(32);
const lines = (n: number, from = 0): Buffer =>
  Buffer.from(Array.from({ length: n }, (_, i) => `${from + i}\n`).join(''));
const rootOf = (n: number): string =>
  Buffer.from(rootOfRecords(Array.from({ length: n }, (_, i) => Buffer.from(`${i}\n`)))).toString('hex');

async function started(options: Partial<CheckpointOptions> = {}) {
  const file = path.join(folder(), 'run.checkpoints');
  const printed: string[] = [];
  const onCheckpoint: CheckpointOptions['onCheckpoint'] = (_, note) => printed.push(note);
  const writer = await openCheckpoints({ signer, invocation: INVOCATION, every: {}, file, onCheckpoint, ...options });
  return { file, printed, writer };
}

const opened = (file: string) => {
  const notes = splitNotes(readFileSync(file)).map(async (bytes) => {
    const note = parseNote(bytes);
    const checkpoint = parseCheckpoint(note.text);
    return { bytes, checkpoint, verdict: await openNote(note, checkpoint.origin, [signer.publicKey], verifySignature) };
  });
  return Promise.all(notes);
};

describe('checkpoints of a running log', () => {
  it('are made of the complete records, each time as many more have come as were asked for', async () => {
    const { file, printed, writer } = await started({ every: { records: 10 } });
    const tree = newTree('lf');
    const watched = writer.watch('stdout', tree);
    for (const [count, from] of [
      [9, 0],
      [3, 9],
      [7, 12],
    ] as const) {
      tree.push(lines(count, from));
      watched.advanced();
      await sleep(20);
    }
    tree.push(Buffer.from('open'));
    watched.advanced();
    const { checkpoints, problem } = await writer.close();

    expect(problem).toBeUndefined();
    expect(checkpoints.map(({ size, root, log, origin }) => ({ size, root, log, origin }))).toEqual(
      [12, 19].map((size) => ({
        size,
        root: rootOf(size),
        log: 'stdout',
        origin: `stemma.run/${INVOCATION}/stdout`,
      })),
    );
    expect(printed.join('')).toBe(readFileSync(file, 'utf8'));
    expect((await opened(file)).map(({ checkpoint, verdict }) => [Number(checkpoint.size), verdict.outcome])).toEqual([
      [12, 'signed'],
      [19, 'signed'],
    ]);
    expect(checkpoints.map(({ sha256 }) => sha256)).toEqual(
      (await opened(file)).map(({ bytes }) => createHash('sha256').update(bytes).digest('hex')),
    );
  });

  it('are made as time passes, while nobody pushes anything', async () => {
    const { file, writer } = await started({ every: { seconds: 0.02 } });
    const tree = newTree('lf');
    writer.watch('stderr', tree);
    tree.push(lines(3));
    await sleep(200);
    expect((await opened(file)).map(({ checkpoint }) => checkpoint.size)).toEqual([3n]);
    const { checkpoints } = await writer.close();
    expect(checkpoints).toHaveLength(1);
  });

  it('are made of each log under its own origin', async () => {
    const { file, writer } = await started();
    for (const log of ['stdout', 'stderr', '0', '1']) {
      const tree = newTree('lf');
      writer.watch(log, tree);
      tree.push(lines(2));
    }
    const { checkpoints } = await writer.close();
    expect(checkpoints.map(({ log }) => log)).toEqual(['stdout', 'stderr', '0', '1']);
    expect((await opened(file)).map(({ checkpoint }) => checkpoint.origin)).toEqual(
      checkpoints.map(({ origin }) => origin),
    );
  });

  it('hold the last line without LF once the log has ended', async () => {
    const { writer } = await started();
    const tree = newTree('lf');
    writer.watch('stdout', tree);
    tree.push(Buffer.from('a\nb'));
    tree.finish();
    expect((await writer.close()).checkpoints.map(({ size }) => size)).toEqual([2]);
  });

  it('are not made of nothing, and not twice of the same', async () => {
    const { file, writer } = await started({ every: { seconds: 0.01, records: 1 } });
    const tree = newTree('lf');
    const watched = writer.watch('stdout', tree);
    watched.advanced();
    tree.push(Buffer.from('no line yet'));
    watched.advanced();
    await sleep(60);
    expect(readFileSync(file, 'utf8')).toBe('');
    tree.push(Buffer.from('\n'));
    for (let i = 0; i < 5; i++) watched.advanced();
    await sleep(60);
    expect((await writer.close()).checkpoints).toHaveLength(1);
  });

  it('do not pile up where a log grows faster than they are written', async () => {
    const { writer } = await started({ every: { records: 1 } });
    const tree = newTree('lf');
    const watched = writer.watch('stdout', tree);
    for (let i = 0; i < 10_000; i++) {
      tree.push(lines(1, i));
      watched.advanced();
    }
    const { checkpoints } = await writer.close();
    expect(checkpoints.length).toBeLessThan(10);
    expect(checkpoints.at(-1)?.size).toBe(10_000);
  });

  it('need no file', async () => {
    const printed: string[] = [];
    const onCheckpoint: CheckpointOptions['onCheckpoint'] = (_, note) => printed.push(note);
    const writer = await openCheckpoints({ signer, invocation: INVOCATION, every: {}, onCheckpoint });
    const tree = newTree('lf');
    writer.watch('stdout', tree);
    tree.push(lines(1));
    await writer.close();
    expect(parseNote(Buffer.from(printed.join(''))).signatures).toHaveLength(1);
  });

  it('become rarer after 256', async () => {
    const { writer, printed } = await started({ every: { records: 1 } });
    const trees = Array.from({ length: 257 }, () => newTree('lf'));
    const watched = trees.map((tree, i) => writer.watch(String(i), tree));
    for (const [i, tree] of trees.entries()) {
      tree.push(lines(1));
      watched[i]!.advanced();
    }
    const [tree, log] = [trees[0]!, watched[0]!];
    while (printed.length < 257) await sleep(10);
    tree.push(lines(1, 1));
    log.advanced();
    await sleep(50);
    tree.push(lines(1, 2));
    log.advanced();
    const { checkpoints } = await writer.close();
    expect(checkpoints.slice(257).map(({ size }) => size)).toEqual([3]);
  }, 20_000);
});

describe('a file for checkpoints', () => {
  it('is appended to where it has those of other runs', async () => {
    const file = path.join(folder(), 'x');
    const before = await noteOf(3, new Uint8Array(32));
    writeFileSync(file, before);
    const { writer } = await started({ file });
    const tree = newTree('lf');
    writer.watch('stdout', tree);
    tree.push(lines(1));
    await writer.close();
    expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true);
    expect(await opened(file)).toHaveLength(2);
  });

  it.each<[string, (file: string) => void | Promise<void>, string]>([
    ['something else is in it', (file) => writeFileSync(file, 'my only copy\n'), 'USAGE'],
    ['a private key is in it', (file) => writeFileSync(file, '-----BEGIN PRIVATE KEY-----\n'), 'USAGE'],
    [
      'a torn checkpoint is in it',
      async (file) => writeFileSync(file, (await noteOf(3, new Uint8Array(32))).slice(0, -1)),
      'USAGE',
    ],
    [
      'it has checkpoints under the same origin',
      async (file) =>
        writeFileSync(file, await noteOf(3, new Uint8Array(32), { origin: `stemma.run/${INVOCATION}/stderr` })),
      'USAGE',
    ],
    [
      'it is a symbolic link',
      (file) => {
        writeFileSync(`${file}.target`, '');
        symlinkSync(`${file}.target`, file);
      },
      'SYMLINK_REFUSED',
    ],
    ['it is a folder', (file) => mkdirSync(file), 'NOT_A_REGULAR_FILE'],
  ])('is refused, and left as it is, where %s', async (_, prepare, code) => {
    const file = path.join(folder(), 'x');
    await prepare(file);
    const before = code === 'NOT_A_REGULAR_FILE' ? '' : readFileSync(file, 'utf8');
    await expect(started({ file })).rejects.toMatchObject({ code });
    if (before !== '') expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('gets the folders that it is to lie in', async () => {
    const file = path.join(folder(), 'none', 'deep', 'x');
    const { writer } = await started({ file });
    const tree = newTree('lf');
    const watched = writer.watch('stdout', tree);
    tree.push(lines(1));
    watched.advanced();
    expect((await writer.close()).problem).toBeUndefined();
    expect(await opened(file)).toHaveLength(1);
  });

  it('is refused where no folder can be made for it', async () => {
    const above = path.join(folder(), 'above');
    writeFileSync(above, '');
    await expect(started({ file: path.join(above, 'x') })).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    expect(readFileSync(above, 'utf8')).toBe('');
  });

  it('gets nothing more once a checkpoint could not be made, which is a problem and no end of the run', async () => {
    const { writer, file } = await started({ every: { records: 1 }, signer: { ...signer, sign: fail } });
    const tree = newTree('lf');
    const watched = writer.watch('stdout', tree);
    for (let i = 0; i < 3; i++) {
      tree.push(lines(1, i));
      watched.advanced();
      await sleep(10);
    }
    const { checkpoints, problem } = await writer.close();
    expect(checkpoints).toEqual([]);
    expect(problem).toMatchObject({ code: 'WRITE_FAILED' });
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});

const fail = (): Promise<Uint8Array> => Promise.reject(new Error('the signer is gone'));
