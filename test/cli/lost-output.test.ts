import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainEnvironment } from '../support/cli.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FULL = '/dev/full';

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script with one of its outputs on a disk that is full. */
function runFull(stream: 'stdout' | 'stderr', script: string, args: readonly string[]): Promise<Ended> {
  const full = openSync(FULL, 'w');
  const child = spawn(process.execPath, [path.join(ROOT, script), ...args], {
    env: plainEnvironment(),
    stdio: ['ignore', stream === 'stdout' ? full : 'pipe', stream === 'stderr' ? full : 'pipe'],
  });
  closeSync(full);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text: Buffer) => (output.stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (output.stderr += text.toString()));
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode: exitCode ?? -1, ...output })));
}

const COMMANDS = 'bin/dev.js';
const HARNESS = 'test/cli/harness/run.ts';

describe.runIf(existsSync(FULL))('a disk that is full', () => {
  it.each([[['--version']], [['--version', '--json']], [['--help']], [['--help', '--json']]])(
    'behind stdout is no pass and no bug of %j, and stderr says so',
    async (args) => {
      const { exitCode, stderr } = await runFull('stdout', COMMANDS, args);

      expect(exitCode).toBe(5);
      expect(stderr).toBe(
        'error: the output cannot be written to stdout: ENOSPC\nhint: make room, or send it elsewhere, and run again\n',
      );
    },
  );

  it.each([[['report']], [['report', '--json']], [['flood', '--json']]])(
    'behind stdout leaves a negative verdict of %j as it is',
    async (args) => {
      const { exitCode, stderr } = await runFull('stdout', HARNESS, args);

      expect(exitCode).toBe(1);
      expect(stderr.match(/cannot be written to stdout: ENOSPC/g)).toHaveLength(1);
    },
  );

  it('behind stdout does not hide a crash, nor a mistyped flag', async () => {
    expect((await runFull('stdout', HARNESS, ['crash', '--json'])).exitCode).toBe(70);
    expect((await runFull('stdout', COMMANDS, ['--nonsense', '--json'])).exitCode).toBe(2);
  });

  it('behind stderr is no pass where there was something to say, and leaves stdout as it is', async () => {
    expect(await runFull('stderr', HARNESS, ['flags'])).toEqual({ exitCode: 5, stdout: 'done\n', stderr: '' });
  });

  it('behind stderr does not matter where nothing is said', async () => {
    expect(await runFull('stderr', COMMANDS, ['--version'])).toMatchObject({ exitCode: 0 });
  });
});
