import { execFileSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../../src/core/progress/index.ts';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { frame, rootOfRecords } from '../records/support.ts';
import { coded, makeFolder, writeFile } from './support.ts';

let dir: string;
beforeEach(() => {
  dir = makeFolder();
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const write = (name: string, content: Uint8Array | string): string => writeFile(dir, name, content);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha256 = (data: Uint8Array): string => crypto.hash('sha256', data, 'hex');

describe('digestLog', () => {
  it('digests lines and the whole file in one go', async () => {
    const content = '{"loss": 0.5}\n{"loss": 0.25}\nunfinished';
    expect(await digestLog(write('train.jsonl', content), {})).toEqual({
      name: 'train.jsonl',
      bytes: content.length,
      kind: 'lf',
      size: 3,
      truncated: false,
      digests: {
        sha256: sha256(Buffer.from(content)),
        stemmaLogTreeV1: hex(
          rootOfRecords(['{"loss": 0.5}\n', '{"loss": 0.25}\n', 'unfinished'].map((s) => Buffer.from(s))),
        ),
      },
    });
  });

  it('reads TensorBoard frames where the name has .tfevents. in it, and flags an incomplete tail', async () => {
    const frames = ['one', 'two'].map((data) => frame(Buffer.from(data)));
    const tail = frame(Buffer.from('three')).subarray(0, 14);
    const file = write('events.out.tfevents.1700000000.host.1.0', Buffer.concat([...frames, tail]));
    expect(await digestLog(file, {})).toMatchObject({
      kind: 'tfrecord',
      size: 3,
      truncated: true,
      digests: { stemmaLogTreeV1: hex(rootOfRecords([...frames, tail])) },
    });
    const renamed = path.join(dir, 'events.bin');
    fs.renameSync(file, renamed);
    expect(await digestLog(renamed, {})).toMatchObject({ kind: 'lf', truncated: false });
  });

  it('takes an empty log as one of size 0', async () => {
    const empty = sha256(new Uint8Array(0));
    const digests = { sha256: empty, stemmaLogTreeV1: empty };
    const common = { bytes: 0, size: 0, truncated: false, digests };
    expect(await digestLog(write('empty.csv', ''), {})).toEqual({ name: 'empty.csv', kind: 'lf', ...common });
    const events = write('x.tfevents.y', '');
    expect(await digestLog(events, {})).toEqual({ name: 'x.tfevents.y', kind: 'tfrecord', ...common });
  });

  it('reads on over many buffers, with records across their borders', async () => {
    const records = Array.from({ length: 300 }, (_, i) => Buffer.from(`${'x'.repeat(37 * i)}\n`));
    const content = Buffer.concat(records);
    const { size, digests } = await digestLog(write('long.txt', content), {});
    expect(content.length).toBeGreaterThan(4 * 256 * 1024);
    expect(size).toBe(300);
    expect(digests).toEqual({ sha256: sha256(content), stemmaLogTreeV1: hex(rootOfRecords(records)) });
  });

  it('follows a symbolic link', async () => {
    write('real.log', 'a\n');
    fs.symlinkSync('real.log', path.join(dir, 'link.log'));
    expect(await digestLog(path.join(dir, 'link.log'), {})).toMatchObject({ name: 'link.log', size: 1 });
  });

  it('reports progress from nothing to everything, naming the log', async () => {
    const events: ProgressEvent[] = [];
    const file = write('big.log', '');
    fs.truncateSync(file, 150 * 1024 * 1024);
    await digestLog(file, { onProgress: (event) => events.push(event) });
    const mebibytes = events.map(({ done }) => done / 1024 / 1024);
    expect(mebibytes).toEqual([0, 64, 128, 150]);
    expect(events[0]).toEqual({ phase: 'hashing log', done: 0, total: 150 * 1024 * 1024, path: 'big.log' });
  });
});

describe('digestLog refuses', () => {
  it('a wrong checksum, with the offset and the name of the log', async () => {
    const bad = frame(Buffer.from('data'));
    bad[12]! ^= 1;
    const file = write('events.out.tfevents.1', Buffer.concat([frame(Buffer.from('good')), bad]));
    await expect(digestLog(file, {})).rejects.toMatchObject({
      code: 'LOG_INVALID',
      message: expect.stringMatching(/^log "events\.out\.tfevents\.1": checksum of the data of TFRecord 2: /),
      details: { path: 'events.out.tfevents.1', offset: 36, index: 1 },
    });
  });

  it('a path that does not exist, or goes through a file', async () => {
    await expect(digestLog(path.join(dir, 'absent.log'), {})).rejects.toEqual(coded('PATH_NOT_FOUND'));
    const file = write('a.log', 'a\n');
    await expect(digestLog(path.join(file, 'b.log'), {})).rejects.toEqual(coded('PATH_NOT_FOUND'));
    fs.symlinkSync('absent.log', path.join(dir, 'dangling.log'));
    await expect(digestLog(path.join(dir, 'dangling.log'), {})).rejects.toEqual(coded('PATH_NOT_FOUND'));
  });

  it('a directory and a device', async () => {
    await expect(digestLog(dir, {})).rejects.toEqual(coded('NOT_A_REGULAR_FILE'));
    await expect(digestLog('/dev/zero', {})).rejects.toEqual(coded('NOT_A_REGULAR_FILE'));
  });

  it('a FIFO that nobody writes to, without waiting', async () => {
    const fifo = path.join(dir, 'fifo.log');
    execFileSync('mkfifo', [fifo]);
    await expect(digestLog(fifo, {})).rejects.toEqual(coded('NOT_A_REGULAR_FILE'));
  });

  it('a socket', async () => {
    const socket = path.join(dir, 'log.sock');
    const server = net.createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(digestLog(socket, {})).rejects.toEqual(coded('NOT_A_REGULAR_FILE'));
    server.close();
  });

  it('a symbolic link that leads to itself', async () => {
    fs.symlinkSync('loop.log', path.join(dir, 'loop.log'));
    await expect(digestLog(path.join(dir, 'loop.log'), {})).rejects.toEqual(coded('FILE_UNREADABLE'));
  });

  it.skipIf(process.getuid?.() === 0)('a file without read permission', async () => {
    const file = write('secret.log', 'a\n');
    fs.chmodSync(file, 0o000);
    await expect(digestLog(file, {})).rejects.toEqual(coded('FILE_UNREADABLE'));
  });

  it.skipIf(!fs.existsSync('/proc/self/mem'))('a file whose first read fails', async () => {
    // Regular by its mode, and EIO at address 0.
    await expect(digestLog('/proc/self/mem', {})).rejects.toEqual(coded('FILE_UNREADABLE'));
  });

  it.skipIf(!fs.existsSync('/proc/self/status'))('a file that has more bytes than its size', async () => {
    await expect(digestLog('/proc/self/status', {})).rejects.toEqual(coded('FILE_CHANGED'));
  });

  it.skipIf(!fs.existsSync('/sys/devices/system/cpu/online'))('a file that has fewer bytes than its size', async () => {
    await expect(digestLog('/sys/devices/system/cpu/online', {})).rejects.toEqual(coded('FILE_CHANGED'));
  });

  it('to go on once its signal is aborted', async () => {
    const file = write('big.log', '');
    fs.truncateSync(file, 150 * 1024 * 1024);
    const controller = new AbortController();
    const done: number[] = [];
    const onProgress = (event: ProgressEvent): void => {
      done.push(event.done);
      controller.abort();
    };
    await expect(digestLog(file, { signal: controller.signal, onProgress })).rejects.toEqual(coded('INTERRUPTED'));
    expect(done).toEqual([0]);
  });

  it('a signal that is already aborted, or is aborted on the way', async () => {
    const file = write('a.log', 'a\n');
    await expect(digestLog(file, { signal: AbortSignal.abort() })).rejects.toEqual(coded('INTERRUPTED'));
    const controller = new AbortController();
    const options = { signal: controller.signal, onProgress: () => controller.abort() };
    await expect(digestLog(file, options)).rejects.toEqual(coded('INTERRUPTED'));
    await expect(digestLog(write('empty.log', ''), options)).rejects.toEqual(coded('INTERRUPTED'));
  });

  it('a path with a NUL byte', async () => {
    await expect(digestLog(`${dir}/a\0b`, {})).rejects.toEqual(coded('FILE_UNREADABLE'));
  });
});

describe('digestLog closes what it opened', () => {
  it.skipIf(!fs.existsSync('/proc/self/fd'))('whether it succeeds or not', async () => {
    const good = write('a.log', 'a\n');
    const bad = write('a.tfevents.b', Buffer.alloc(12));
    const open = (): string[] =>
      fs.readdirSync('/proc/self/fd').filter((fd) => {
        const target = path.join('/proc/self/fd', fd);
        return fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined && linkOf(target).startsWith(dir);
      });
    await digestLog(good, {});
    await expect(digestLog(bad, {})).rejects.toEqual(coded('LOG_INVALID'));
    await expect(digestLog(dir, {})).rejects.toEqual(coded('NOT_A_REGULAR_FILE'));
    expect(open()).toEqual([]);
  });
});

function linkOf(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}
