import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type HashName, hashFiles } from '../../../src/core/digest/index.ts';
import { chunks, MIB, PHASE, reference, request, sparseFile, tempDir, WORKERS_BYTES } from './support.ts';

const run = promisify(execFile);
const SRC = path.resolve(import.meta.dirname, '../../../src');
const MODULES = path.resolve(import.meta.dirname, '../../../node_modules');

/** A program that hashes a file in its own process, with the engine as it lies under `src`. */
function program(src: string, body: string): string {
  return `
    import { statSync } from 'node:fs';
    import { hashFiles } from ${JSON.stringify(path.join(src, 'core/digest/index.ts'))};
    const location = process.argv[2];
    const { dev, ino, size, mtimeNs } = statSync(location, { bigint: true });
    const lengths = new Float64Array(Number(size) / ${16 * MIB}).fill(${16 * MIB});
    const file = (asked) => ({ path: 'file', location, followLink: false, identity: { dev, ino, size: Number(size), mtimeNs }, whole: [], segments: [], ...asked });
    ${body}
  `;
}

async function runProgram(src: string, body: string, location: string): Promise<string> {
  const script = path.join(tempDir(), 'program.mjs');
  writeFileSync(script, program(src, body));
  const { stdout } = await run(process.execPath, [script, location], { timeout: 60_000 });
  return stdout.trim();
}

describe('aborting', () => {
  test.each([
    ['in this thread', 1, ['sha256']],
    ['in two workers that wait for each other', 2, ['sha256']],
    ['in workers that take parts', 3, []],
  ] as const)('stops %s', async (_, jobs, whole) => {
    const size = 1024 * MIB;
    const location = sparseFile(path.join(tempDir(), 'file'), size);
    const controller = new AbortController();
    let stoppedAt = -1;
    const hashing = hashFiles([request(location, { whole, segments: [{ hash: 'sha256', lengths: chunks(size) }] })], {
      ...PHASE,
      jobs,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 0) controller.abort();
        stoppedAt = done;
      },
    });
    await expect(hashing).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(stoppedAt).toBeGreaterThan(0);
    expect(stoppedAt).toBeLessThan(size);
  });

  test('before the start reads nothing', async () => {
    const location = sparseFile(path.join(tempDir(), 'file'), WORKERS_BYTES);
    const signal = AbortSignal.abort();
    const hashing = hashFiles([request(location, { whole: ['sha256'] })], { ...PHASE, signal });
    await expect(hashing).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test('leaves no worker that would keep the process alive', async () => {
    const location = sparseFile(path.join(tempDir(), 'file'), 1024 * MIB);
    const body = `
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 200);
      const asked = file({ whole: ['sha256'], segments: [{ hash: 'blake3', lengths }] });
      await hashFiles([asked], { phase: 'test', jobs: 2, signal: controller.signal }).catch((error) => console.log(error.code));
      process.on('exit', () => console.log(process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap').length));
    `;
    expect((await runProgram(SRC, body, location)).split('\n')).toEqual(['INTERRUPTED', '0']);
  });
});

describe('a worker that breaks', () => {
  test.each([['sha256'], []] as const)('rejects the call instead of hanging it (%s)', async (...first) => {
    const location = sparseFile(path.join(tempDir(), 'file'), WORKERS_BYTES);
    const unknown: HashName = JSON.parse('"md6"');
    const file = request(location, { whole: [...first, unknown] });
    await expect(hashFiles([file], { ...PHASE, jobs: 2 })).rejects.toThrow(TypeError);
  });
});

describe('without a native BLAKE3', () => {
  test('the digests are the same and the user is warned once', async () => {
    const copy = tempDir();
    for (const area of ['bytes', 'digest', 'errors', 'progress']) {
      cpSync(path.join(SRC, 'core', area), path.join(copy, 'core', area), { recursive: true });
    }
    mkdirSync(path.join(copy, 'node_modules'));
    symlinkSync(path.join(MODULES, '@noble'), path.join(copy, 'node_modules', '@noble'));
    writeFileSync(path.join(copy, 'package.json'), '{"type":"module"}');
    const location = path.join(copy, 'file');
    writeFileSync(location, 'abc');
    const body = `
      const onWarning = (message) => console.log('warning:', message.includes('BLAKE3'));
      await hashFiles([file({ whole: ['sha256'] })], { phase: 'test', onWarning });
      console.log('no warning so far');
      for (let i = 0; i < 2; i++) {
        const [{ whole }] = await hashFiles([file({ whole: ['blake3'] })], { phase: 'test', onWarning });
        console.log(Buffer.from(whole.blake3).toString('hex'));
      }
    `;
    const digest = reference('blake3', new TextEncoder().encode('abc'));
    const lines = (await runProgram(copy, body, location)).split('\n');
    expect(lines).toEqual(['no warning so far', 'warning: true', digest, digest]);
  });
});

describe('memory', () => {
  test('does not grow with the model: 2 GiB leave the process below 200 MB', async () => {
    const location = sparseFile(path.join(tempDir(), 'file'), 2048 * MIB);
    const body = `
      const [{ segments, error }] = await hashFiles([file({ segments: [{ hash: 'blake3', lengths }] })], { phase: 'test' });
      console.log(JSON.stringify({ error, bytes: segments[0].length, rss: process.resourceUsage().maxRSS * 1024 }));
    `;
    const { error, bytes, rss } = JSON.parse(await runProgram(SRC, body, location));
    expect(error).toBeUndefined();
    expect(bytes).toBe(128 * 32);
    expect(rss).toBeLessThan(200e6);
  });
});
