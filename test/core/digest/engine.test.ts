import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FileRequest, hashFiles } from '../../../src/core/digest/index.ts';
import type { ProgressEvent } from '../../../src/core/progress/index.ts';
import {
  chunks,
  MIB,
  PHASE,
  pattern,
  reference,
  referenceSegments,
  request,
  sparseFile,
  tempDir,
  textOf,
  WORKERS_BYTES,
} from './support.ts';

const SIZES = [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 512 * 1024 + 1, 16 * MIB - 1, 16 * MIB, 16 * MIB + 1];

/** One file of each size, and what is asked of all of them. */
function folder(asked: (size: number) => Partial<FileRequest>): FileRequest[] {
  const dir = tempDir();
  return SIZES.map((size) => {
    const location = path.join(dir, `${size}.bin`);
    writeFileSync(location, pattern(size));
    return request(location, asked(size));
  });
}

describe('hashFiles', () => {
  test('gives the digests of the whole file and of every segment, at every boundary', async () => {
    const files = folder((size) => ({
      whole: ['sha256', 'blake2b'],
      segments: [
        { hash: 'sha256', lengths: chunks(size) },
        { hash: 'blake2b', lengths: chunks(size, 100_003) },
      ],
    }));
    const results = await hashFiles(files, PHASE);
    expect(results).toHaveLength(files.length);
    files.forEach(({ location, identity: { size } }, i) => {
      expect(textOf(results.at(i))).toEqual({
        whole: { sha256: reference('sha256', pattern(size)), blake2b: reference('blake2b', pattern(size)) },
        segments: [
          referenceSegments('sha256', location, chunks(size)),
          referenceSegments('blake2b', location, chunks(size, 100_003)),
        ],
      });
    });
  });

  test('digests segments alike with and without a whole-file digest, in this thread, in one worker and in several', async () => {
    const asked = (size: number): Partial<FileRequest> => ({
      segments: [{ hash: 'blake3', lengths: chunks(size, 3 * MIB) }],
    });
    const files = folder(asked);
    const big = sparseFile(path.join(tempDir(), 'big.bin'), WORKERS_BYTES + 5);
    const bigRequest = request(big, asked(WORKERS_BYTES + 5));
    const alone = await hashFiles(files, PHASE);
    const expected = [...alone, ...(await hashFiles([bigRequest], { ...PHASE, jobs: 1 }))].map(textOf);
    expect(expected[8]?.segments[0]).toBe(
      referenceSegments('blake3', files.at(-1)?.location ?? '', chunks(16 * MIB + 1, 3 * MIB)),
    );
    for (const jobs of [2, 4]) {
      const all = [...files, bigRequest];
      expect((await hashFiles(all, { ...PHASE, jobs })).map(textOf)).toEqual(expected);
      const withWhole = await hashFiles(
        all.map((file): FileRequest => ({ ...file, whole: ['sha256'] })),
        { ...PHASE, jobs },
      );
      expect(withWhole.map((result) => textOf(result).segments)).toEqual(expected.map((result) => result.segments));
      expect([...withWhole].every((result) => result.whole.sha256?.length === 32)).toBe(true);
    }
  });

  test('two workers on one file give the same whole-file digests as one thread', async () => {
    const location = sparseFile(path.join(tempDir(), 'one.bin'), WORKERS_BYTES + 77);
    const file = request(location, {
      whole: ['sha256', 'blake3', 'blake2b'],
      segments: [{ hash: 'blake3', lengths: chunks(WORKERS_BYTES + 77) }],
    });
    const shared = await hashFiles([file], { ...PHASE, jobs: 4 });
    const single = await hashFiles([file], { ...PHASE, jobs: 1 });
    expect(shared.map(textOf)).toEqual(single.map(textOf));
    expect(textOf(single.at(0)).whole.sha256).toBe(
      referenceSegments('sha256', location, Float64Array.of(WORKERS_BYTES + 77)),
    );
  });

  test('reads only the segments asked for and leaves the others zero', async () => {
    const location = sparseFile(path.join(tempDir(), 'sample.bin'), WORKERS_BYTES);
    const lengths = chunks(WORKERS_BYTES, MIB);
    const only = Uint32Array.of(0, 7, 8, 9, 64, 159);
    const events: ProgressEvent[] = [];
    const onProgress = (event: ProgressEvent): number => events.push(event);
    const [result] = await hashFiles([request(location, { segments: [{ hash: 'sha256', lengths, only }] })], {
      ...PHASE,
      onProgress,
    });
    const all = referenceSegments('sha256', location, lengths);
    const expected = Array.from(lengths, (_, i) =>
      only.includes(i) ? all.slice(64 * i, 64 * i + 64) : '0'.repeat(64),
    );
    expect(textOf(result).segments[0]).toBe(expected.join(''));
    expect(events.at(-1)).toMatchObject({ phase: 'hashing test', done: 6 * MIB, total: 6 * MIB });
  });

  test('serves requests with different boundaries and different selections from one read', async () => {
    const location = path.join(tempDir(), 'mixed.bin');
    writeFileSync(location, pattern(1000));
    const a = Float64Array.of(100, 300, 0, 600);
    const b = Float64Array.of(50, 50, 250, 50, 600, 0);
    const segments = [
      { hash: 'sha256', lengths: a, only: Uint32Array.of(0, 2) },
      { hash: 'blake3', lengths: b, only: Uint32Array.of(3, 5) },
      { hash: 'blake3', lengths: Float64Array.of(1000), only: new Uint32Array(0) },
    ] as const;
    const [result] = await hashFiles([request(location, { segments })], PHASE);
    const zero = '0'.repeat(64);
    const sha = referenceSegments('sha256', location, a);
    const blake = referenceSegments('blake3', location, b);
    expect(textOf(result).segments).toEqual([
      sha.slice(0, 64) + zero + sha.slice(128, 192) + zero,
      zero + zero + zero + blake.slice(192, 256) + zero + blake.slice(320, 384),
      zero,
    ]);
  });

  test('an empty file is one empty segment; of no segments there are no digests', async () => {
    const location = path.join(tempDir(), 'empty');
    writeFileSync(location, '');
    const lengths = [Float64Array.of(0), new Float64Array(0)];
    const segments = lengths.map((each) => ({ hash: 'blake3' as const, lengths: each }));
    const [result] = await hashFiles([request(location, { segments })], PHASE);
    expect(textOf(result)).toEqual({ whole: {}, segments: [reference('blake3', new Uint8Array(0)), ''] });
  });

  test('keeps the order of the requests for thousands of small files among big ones', async () => {
    const dir = tempDir();
    const big = sparseFile(path.join(dir, 'big'), WORKERS_BYTES);
    const files = Array.from({ length: 1500 }, (_, i) => {
      const location = path.join(dir, `${i}`);
      writeFileSync(location, `file ${i}`);
      return request(location, { whole: ['sha256'] });
    });
    files.splice(700, 0, request(big, { segments: [{ hash: 'blake3', lengths: chunks(WORKERS_BYTES) }] }));
    const results = await hashFiles(files, { ...PHASE, jobs: 3 });
    const wrong = files.filter(({ path: name }, i) => {
      const sha = textOf(results.at(i)).whole.sha256;
      return name !== 'big' && sha !== reference('sha256', new TextEncoder().encode(`file ${name}`));
    });
    expect(wrong).toEqual([]);
    expect(results.at(700)?.segments[0]).toHaveLength(320);
  });

  test('follows a link where that is allowed', async () => {
    const dir = tempDir();
    mkdirSync(path.join(dir, 'blobs'));
    writeFileSync(path.join(dir, 'blobs', 'b'), 'blob');
    symlinkSync('blobs/b', path.join(dir, 'link'));
    const [result] = await hashFiles([request(path.join(dir, 'link'), { whole: ['sha256'], followLink: true })], PHASE);
    expect(textOf(result)).toEqual({
      whole: { sha256: reference('sha256', new TextEncoder().encode('blob')) },
      segments: [],
    });
  });

  test.each([1, 4])(
    'reports progress that rises to the total, about ten times a second, with %i jobs',
    async (jobs) => {
      const size = 384 * MIB;
      const location = sparseFile(path.join(tempDir(), 'progress.bin'), size);
      const events: ProgressEvent[] = [];
      await hashFiles([request(location, { whole: ['sha256'] })], {
        ...PHASE,
        jobs,
        onProgress: (event) => events.push(event),
      });
      const done = events.map((event) => event.done);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect(events.at(-1)).toEqual({ phase: 'hashing test', done: size, total: size, path: 'progress.bin' });
      expect(events.length).toBeGreaterThan(1);
      // 100 ms apart: even at 50 MB a second these would be no more.
      expect(events.length).toBeLessThan(140);
    },
  );

  test('refuses segments that are not as long as the file together', async () => {
    const location = path.join(tempDir(), 'short');
    writeFileSync(location, 'four');
    for (const lengths of [Float64Array.of(3), Float64Array.of(4, 1), new Float64Array(0)]) {
      const file = request(location, { whole: ['sha256'], segments: [{ hash: 'sha256', lengths }] });
      await expect(hashFiles([file], PHASE)).rejects.toThrow(RangeError);
    }
  });

  test('opens no file of which nothing is asked', async () => {
    const location = path.join(tempDir(), 'gone');
    const identity = { dev: 1n, ino: 1n, size: 0, mtimeNs: 0n };
    const [nothing, something] = await hashFiles(
      [request(location, { identity }), request(location, { identity, whole: ['sha256'] })],
      PHASE,
    );
    expect(nothing?.error).toBeUndefined();
    expect(something?.error?.code).toBe('FILE_UNREADABLE');
  });
});
