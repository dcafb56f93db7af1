import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hashFiles, startThreadsAhead } from '../../../src/core/digest/index.ts';
import { chunks, PHASE, reference, referenceSegments, request, sparseFile, tempDir, WORKERS_BYTES } from './support.ts';

const ENGINE = path.resolve(import.meta.dirname, '../../../src/core/digest/index.ts');

test('threads that were started ahead give the same digests as those that were not', async () => {
  const file = sparseFile(path.join(tempDir(), 'big.bin'), WORKERS_BYTES + 3);
  const lengths = chunks(WORKERS_BYTES + 3);
  const asked = [request(file, { whole: ['sha256'], segments: [{ hash: 'sha256', lengths }] })];

  startThreadsAhead(3);
  const [first] = await hashFiles(asked, PHASE);
  const [second] = await hashFiles(asked, PHASE);

  expect(Buffer.from(first?.whole.sha256 ?? []).toString('hex')).toBe(reference('sha256', readFileSync(file)));
  expect(Buffer.from(first?.segments[0] ?? []).toString('hex')).toBe(referenceSegments('sha256', file, lengths));
  expect(second).toEqual(first);
});

test('threads that nobody comes for keep no process alive', () => {
  const script = `import { startThreadsAhead } from ${JSON.stringify(ENGINE)}; startThreadsAhead(4);`;

  const started = process.hrtime.bigint();
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });

  expect(Number(process.hrtime.bigint() - started) / 1e9).toBeLessThan(20);
});
