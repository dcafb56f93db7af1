import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { provenanceOf } from '../core/attest/support.ts';
import { plainEnvironment } from '../support/cli.ts';
import { MAKE_OUT, Workshop } from './run-support.ts';

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js');

/** In KiB, as Linux counts it. */
function peakMemory(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

it('a trainer writes 1 GB of log: it passes, and memory stays flat', async () => {
  const shop = new Workshop();
  const write = `${MAKE_OUT}; yes "$(printf %119s x)" | head -c 1200000000`;
  const args = [RUN, 'run', '--key', 'p256.key', '--no-source', '--output', 'out', '--', 'sh', '-c', write];
  const child = spawn(process.execPath, args, {
    cwd: shop.dir,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let bytes = 0;
  let peak = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    peak = Math.max(peak, peakMemory(child.pid));
  });
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  expect([exitCode, bytes]).toEqual([0, 1_200_000_000]);
  expect(provenanceOf(shop.at('out')).logs[0]?.size).toBe(10_000_000);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(300 * 1024);
});
