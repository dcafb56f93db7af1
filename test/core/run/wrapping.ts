import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { findTool } from '../../../src/core/run/find-program.ts';
import type { Observation } from '../../../src/core/run/observe/observation.ts';
import { type WrapOptions, wrapCommand } from '../../../src/core/run/wrapper.ts';

const PLAIN: WrapOptions = { observe: false, hermetic: false, tty: false, reads: [], writes: [] };

export const hasTool = (name: string): boolean => findTool(name, { env: process.env }) !== undefined;

/** A working folder of the test's own. */
export function workingFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-wrap-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly observation: Observation | undefined;
}

/** Runs a command wrapped as asked for, stdin empty. */
export async function runWrapped(
  cwd: string,
  argv: readonly string[],
  options: Partial<WrapOptions>,
  env: Record<string, string | undefined> = process.env,
): Promise<Ran> {
  const wrapped = await wrapCommand({ argv, cwd, env }, { ...PLAIN, ...options });
  try {
    const [program = '', ...args] = wrapped.argv;
    const child = spawn(program, args, { cwd, env: { ...env, ...wrapped.env }, stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [[code, signal]] = await Promise.all([
      once(child, 'exit') as Promise<[number | null, string | null]>,
      once(child.stdout, 'close'),
    ]);
    return { code, signal, stdout: Buffer.concat(chunks).toString('utf8'), observation: await wrapped.finish({}) };
  } finally {
    await wrapped.dispose();
  }
}
