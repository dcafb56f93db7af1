import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FileRequest, type FileResult, type HashName, hashFiles } from '../../../src/core/digest/index.ts';
import { chunks, identityOf, MIB, PHASE, request, sparseFile, tempDir, textOf, WORKERS_BYTES } from './support.ts';

/** Hashes in this thread and, beside a big file, in workers; both must say the same about the file. */
async function bothWays(file: FileRequest): Promise<FileResult> {
  const healthy = request(sparseFile(path.join(tempDir(), 'healthy'), WORKERS_BYTES), {
    segments: [{ hash: 'blake3', lengths: chunks(WORKERS_BYTES) }],
  });
  const [inline] = await hashFiles([file], PHASE);
  const [worker, other] = await hashFiles([file, healthy], { ...PHASE, jobs: 2 });
  expect(other?.error).toBeUndefined();
  expect(textOf(other).segments[0]).not.toMatch(/^0{64}/);
  expect(textOf(worker)).toEqual(textOf(inline));
  expect(worker?.error?.message).toBe(inline?.error?.message);
  if (inline === undefined) throw new Error('no result');
  return inline;
}

/** What a file with an error may hold: no digest at all. */
const NOTHING = { whole: {}, segments: ['0'.repeat(64)] };

function small(location: string, asked: Partial<FileRequest> = {}): FileRequest {
  const identity = asked.identity ?? identityOf(location);
  return request(location, {
    whole: ['sha256'],
    segments: [{ hash: 'sha256', lengths: Float64Array.of(identity.size) }],
    ...asked,
    identity,
  });
}

describe('a file that is not what was listed', () => {
  test('is unreadable when it is gone, never taken for absent', async () => {
    const location = path.join(tempDir(), 'gone');
    writeFileSync(location, 'x');
    const file = small(location);
    unlinkSync(location);
    const result = await bothWays(file);
    expect(textOf(result)).toEqual({ ...NOTHING, error: 'FILE_UNREADABLE' });
    expect(result.error?.details).toEqual({ path: 'gone', errno: 'ENOENT' });
    expect(result.error?.message).not.toContain(path.dirname(location));
  });

  test('is unreadable when a folder above it became a file, or its link runs in a circle', async () => {
    const dir = tempDir();
    writeFileSync(path.join(dir, 'file'), 'x');
    symlinkSync('loop', path.join(dir, 'loop'));
    const identity = identityOf(path.join(dir, 'file'));
    const below = await bothWays(small(path.join(dir, 'file', 'below'), { identity }));
    const loop = await bothWays(small(path.join(dir, 'loop'), { identity, followLink: true }));
    expect([below, loop].map((result) => result.error?.details?.['errno'])).toEqual(['ENOTDIR', 'ELOOP']);
    expect([below, loop].map((result) => result.error?.code)).toEqual(['FILE_UNREADABLE', 'FILE_UNREADABLE']);
  });

  test('is refused when it is a symbolic link, even to a file of the listed identity', async () => {
    const dir = tempDir();
    writeFileSync(path.join(dir, 'target'), 'x');
    symlinkSync('target', path.join(dir, 'link'));
    const result = await bothWays(small(path.join(dir, 'link'), { followLink: false }));
    expect(textOf(result)).toEqual({ ...NOTHING, error: 'NOT_A_REGULAR_FILE' });
  });

  test('is refused when it is a folder, a device or a socket', async () => {
    const dir = tempDir();
    mkdirSync(path.join(dir, 'folder'));
    const socket = path.join(dir, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(socket, resolve);
    });
    try {
      for (const location of [path.join(dir, 'folder'), '/dev/zero', socket]) {
        const identity = { ...identityOf(location), size: 1 };
        expect(textOf(await bothWays(small(location, { identity })))).toEqual({
          ...NOTHING,
          error: 'NOT_A_REGULAR_FILE',
        });
      }
    } finally {
      server.close();
    }
  });

  test('is refused without waiting when it is a FIFO that nobody writes to', async () => {
    const location = path.join(tempDir(), 'fifo');
    execFileSync('mkfifo', [location]);
    const file = small(location, { identity: { ...identityOf(location), size: 1 } });
    expect(textOf(await bothWays(file))).toEqual({ ...NOTHING, error: 'NOT_A_REGULAR_FILE' });
  });

  test.each(['dev', 'ino', 'size', 'mtimeNs'] as const)('has changed when its %s differs', async (field) => {
    const location = path.join(tempDir(), 'file');
    writeFileSync(location, 'content');
    const identity = identityOf(location);
    const other = field === 'size' ? { ...identity, size: 6 } : { ...identity, [field]: identity[field] + 1n };
    expect(textOf(await bothWays(small(location, { identity: other })))).toEqual({ ...NOTHING, error: 'FILE_CHANGED' });
  });

  test('is quoted in messages, so that its name cannot speak to a terminal', async () => {
    const name = 'a\u001b[31m\n::error::b';
    const result = await bothWays(small(path.join(tempDir(), 'x'), { path: name, identity: identityOf('/dev/null') }));
    expect(result.error?.message).toMatch(/^[ -~]*$/);
    expect(result.error?.message).not.toContain('::error');
  });
});

const SIZE = 512 * MIB;
const HASHES: readonly HashName[] = ['blake2b', 'sha256'];
const MEANWHILE: readonly (readonly [string, (location: string) => void])[] = [
  ['grows', (location) => appendFileSync(location, 'x')],
  ['shrinks', (location) => truncateSync(location, SIZE - 1)],
  ['is emptied', (location) => truncateSync(location, 0)],
  ['is touched', (location) => utimesSync(location, 1, 1)],
  ['is replaced by another file of its size', (location) => renameSync(`${location}.other`, location)],
  ['is removed', (location) => rmSync(location)],
];

/**
 * Hashes a file and changes it at the first sign of progress, some 100 ms after the start and hundreds before the end. On a
 * busy machine the change may come too late to prove anything: then again.
 */
async function hashWhile(
  change: (location: string) => void,
  jobs: number,
  asked: Partial<FileRequest>,
): Promise<FileResult | undefined> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const location = sparseFile(path.join(tempDir(), 'file'), SIZE);
    sparseFile(`${location}.other`, SIZE);
    let inTime: boolean | undefined;
    const [result] = await hashFiles([request(location, asked)], {
      ...PHASE,
      jobs,
      onProgress: ({ done }) => {
        if (inTime !== undefined || done === 0) return;
        const before = performance.now();
        change(location);
        inTime = done <= SIZE / 2 && performance.now() - before < 50;
      },
    });
    if (inTime === true) return result;
  }
  throw new Error('this machine is too busy to change a file while it is read');
}

describe.each(MEANWHILE)('a file that %s while it is read', (_, change) => {
  const segments = HASHES.map((hash) => ({ hash, lengths: chunks(SIZE) }));
  test.each([
    ['in this thread', 1, HASHES],
    ['by two workers that share it', 2, HASHES],
    ['by workers that take turns at its parts', 2, []],
  ] as const)('is an error when read %s', async (_, jobs, whole) => {
    const result = await hashWhile(change, jobs, { whole, segments: whole.length > 0 ? [] : segments });
    expect(result?.error?.code).toMatch(/^FILE_CHANGED$|^FILE_UNREADABLE$/);
    expect(result?.whole).toEqual({});
    expect(result?.segments.every((digests) => digests.every((byte) => byte === 0))).toBe(true);
  });
});
