import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { StemmaError } from '../../../src/core/errors/index.ts';
import { type CommandOptions, type CommandResult, runCommand } from '../../../src/core/run/index.ts';
import { tempDir } from '../model/support.ts';

export class Collected extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

export interface Ran extends CommandResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export async function run(command: readonly string[], more: Partial<CommandOptions> = {}): Promise<Ran> {
  const sinks = { stdout: new Collected(), stderr: new Collected() };
  const env = { PATH: process.env['PATH'] ?? '' };
  const result = await runCommand({ command, cwd: tempDir(), env, sharesTerminal: false, ...sinks, ...more });
  return { ...result, stdout: sinks.stdout.bytes, stderr: sinks.stderr.bytes };
}

export const node = (script: string): readonly string[] => [process.execPath, '-e', script];
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof StemmaError) return error.code;
    throw error;
  }
  return 'none';
}

/** Ended processes that nobody has asked about are still listed, as `Z`. */
export function isRunning(pid: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

/** An abort as the command line makes it. */
export function abortSoon(controller: AbortController, signal: string, when: () => boolean): void {
  const look = setInterval(() => {
    if (!when()) return;
    clearInterval(look);
    controller.abort(new StemmaError('INTERRUPTED', 'interrupted', { details: { signal } }));
  }, 10);
}
