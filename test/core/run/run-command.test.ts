import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StemmaError } from '../../../src/core/errors/index.ts';
import { type CommandOptions, type CommandResult, runCommand } from '../../../src/core/run/index.ts';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { tempDir } from '../model/support.ts';

class Collected extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

interface Ran extends CommandResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

async function run(command: readonly string[], more: Partial<CommandOptions> = {}): Promise<Ran> {
  const sinks = { stdout: new Collected(), stderr: new Collected() };
  const env = { PATH: process.env['PATH'] ?? '' };
  const result = await runCommand({ command, cwd: tempDir(), env, sharesTerminal: false, ...sinks, ...more });
  return { ...result, stdout: sinks.stdout.bytes, stderr: sinks.stderr.bytes };
}

const node = (script: string): readonly string[] => [process.execPath, '-e', script];
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof StemmaError) return error.code;
    throw error;
  }
  return 'none';
}

/** Ended processes that nobody has asked about are still listed, as `Z`. */
function isRunning(pid: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

/** An abort as the command line makes it. */
function abortSoon(controller: AbortController, signal: string, when: () => boolean): void {
  const look = setInterval(() => {
    if (!when()) return;
    clearInterval(look);
    controller.abort(new StemmaError('INTERRUPTED', 'interrupted', { details: { signal } }));
  }, 10);
}

describe('running a command', () => {
  it('passes both streams through byte for byte, and takes their log trees', async () => {
    const file = path.join(tempDir(), 'log');
    const out = Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x00, 0x0d, 0x0a, 0xc3, 0x28, 0x0a, 0x7a]);
    writeFileSync(file, out);
    const ran = await run(
      node(
        `const b=require('fs').readFileSync(${JSON.stringify(file)});process.stdout.write(b);process.stderr.write('e')`,
      ),
    );
    expect([ran.status, ran.exitCode, ran.signal]).toEqual([0, 0, null]);
    expect(ran.stdout.equals(out)).toBe(true);
    expect(ran.stderr.toString()).toBe('e');
    const { digests, size, bytes } = await digestLog(file, {});
    expect(ran.streams[0]).toEqual({ name: 'stdout', digests, size, bytes });
    expect(ran.streams[1]).toMatchObject({ name: 'stderr', size: 1, digests: { sha256: sha256(Buffer.from('e')) } });
  });

  it('gives a stream that nothing was written to the size 0', async () => {
    const { streams } = await run(['true']);
    expect(streams.map(({ size, bytes }) => [size, bytes])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('starts no shell', async () => {
    const { stdout } = await run(
      node('console.log(process.argv.slice(1).join("|"))').concat('$(id)', '*', '; exit 3', "'", ''),
    );
    expect(stdout.toString()).toBe("$(id)|*|; exit 3|'|\n");
  });

  it('gives the child the environment that it is given, and no other', async () => {
    const { stdout } = await run(node('console.log(JSON.stringify(process.env))'), { env: { A: '1' } });
    expect(JSON.parse(stdout.toString())).toEqual({ A: '1' });
  });

  it.each([1, 2, 3, 70, 126, 127, 130, 255])('says with which status the child exits: %i', async (status) => {
    expect(await run(['sh', '-c', `exit ${status}`])).toMatchObject({ status, exitCode: status, signal: null });
  });

  it.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
    ['SIGSEGV', 139],
    ['SIGINT', 130],
  ])('says which signal ended the child: %s', async (signal, status) => {
    expect(await run(['sh', '-c', `kill -${signal.slice(3)} $$`])).toMatchObject({ status, exitCode: null, signal });
  });

  it.each([
    ['no such program', ['stemma-no-such-program']],
    ['a folder', ['/']],
    ['a file that is no program', [path.join(import.meta.dirname, 'run-command.test.ts')]],
    ['a name with a NUL', ['a\0b']],
    ['an argument with a NUL', ['true', 'a\0b']],
    ['an empty name', ['']],
  ])('refuses %s', async (_, command) => {
    expect(await codeOf(run(command))).toBe('USAGE');
  });

  it('refuses a working folder that is not there', async () => {
    expect(await codeOf(run(['true'], { cwd: path.join(tempDir(), 'gone') }))).toBe('USAGE');
  });

  it('keeps what was written before a crash', async () => {
    const ran = await run(node('process.stdout.write("half a l", () => process.abort())'));
    expect([ran.status, ran.signal, ran.stdout.toString()]).toEqual([134, 'SIGABRT', 'half a l']);
  });

  it('waits for a slow reader, and loses nothing', async () => {
    let bytes = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _, done) => {
        bytes += chunk.length;
        setTimeout(done, 2);
      },
    });
    const ran = await run(node('process.stdout.write(Buffer.alloc(3_000_000, "x\\n"))'), { stdout: slow });
    expect([bytes, ran.streams[0]?.bytes, ran.streams[0]?.size]).toEqual([3_000_000, 3_000_000, 1_500_000]);
  });

  it('runs on and reads on when whoever reads its output goes away', async () => {
    let writes = 0;
    const gone = new Writable({ write: (_chunk, _, done) => done(++writes > 1 ? new Error('EPIPE') : null) });
    const script = 'let i=0;const t=setInterval(()=>{process.stdout.write("line\\n");if(++i===20)clearInterval(t)},5)';
    const ran = await run(node(script), { stdout: gone });
    expect([ran.status, ran.streams[0]?.size]).toEqual([0, 20]);
    expect(gone.listenerCount('error')).toBe(0);
  });

  it('takes 100 MB of log in flat memory', async () => {
    let peak = 0;
    const sink = new Writable({
      write: (_chunk, _, done) => {
        peak = Math.max(peak, process.memoryUsage.rss());
        done();
      },
    });
    const before = process.memoryUsage.rss();
    const line = '{"step": 1, "loss": 0.25}'.padEnd(99);
    const ran = await run(['sh', '-c', `yes '${line}' | head -c 100000000`], { stdout: sink });
    expect(ran.streams[0]).toMatchObject({ bytes: 100_000_000, size: 1_000_000 });
    expect(peak - before).toBeLessThan(200 * 2 ** 20);
  });

  it('takes a line of 100 MB in flat memory', async () => {
    const ran = await run(['head', '-c', '100000000', '/dev/zero'], {
      stdout: new Writable({ write: (_chunk, _, done) => done() }),
    });
    expect(ran.streams[0]).toMatchObject({ bytes: 100_000_000, size: 1 });
  });

  it('waits for what the command started and left its output to', async () => {
    const said: string[] = [];
    const ran = await run(['sh', '-c', '(sleep 0.5; echo late) & echo early'], {
      onWarning: (text) => said.push(text),
    });
    expect([ran.status, ran.stdout.toString()]).toEqual([0, 'early\nlate\n']);
    expect(said).toEqual([]);
  });

  it('says so when it waits for long', async () => {
    const said: string[] = [];
    const ran = await run(['sh', '-c', 'sleep 5.5 & true'], { onWarning: (text) => said.push(text) });
    expect([ran.status, said.length]).toEqual([0, 1]);
    expect(said[0]).toContain('is waited for');
  });

  it('does not wait for what a command that failed leaves behind', async () => {
    const before = performance.now();
    expect(await run(['sh', '-c', 'sleep 60 & exit 4'])).toMatchObject({ status: 4 });
    expect(performance.now() - before).toBeLessThan(30_000);
  });
});

describe('interrupting a command', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('passes %s on and waits for the child', async (signal) => {
    const dir = tempDir();
    const ready = path.join(dir, 'ready');
    const heard = path.join(dir, 'heard');
    const script = `const fs=require('fs');process.on('${signal}',()=>setTimeout(()=>{fs.writeFileSync(${JSON.stringify(heard)},'');process.exit(0)},200));setInterval(()=>{},1000);fs.writeFileSync(${JSON.stringify(ready)},'')`;
    const controller = new AbortController();
    abortSoon(controller, signal, () => existsSync(ready));
    expect(await codeOf(run(node(script), { signal: controller.signal }))).toBe('INTERRUPTED');
    expect(existsSync(heard)).toBe(true);
  });

  it('leaves Ctrl-C to the terminal that the child shares with us', async () => {
    const dir = tempDir();
    const ready = path.join(dir, 'ready');
    const heard = path.join(dir, 'heard');
    const script = `const fs=require('fs');process.on('SIGINT',()=>fs.writeFileSync(${JSON.stringify(heard)},''));setTimeout(()=>{},700);fs.writeFileSync(${JSON.stringify(ready)},'')`;
    const controller = new AbortController();
    abortSoon(controller, 'SIGINT', () => existsSync(ready));
    expect(await codeOf(run(node(script), { signal: controller.signal, sharesTerminal: true }))).toBe('INTERRUPTED');
    expect(existsSync(heard)).toBe(false);
  });

  it('starts nothing once it is interrupted', async () => {
    const file = path.join(tempDir(), 'x');
    expect(await codeOf(run(['touch', file], { signal: AbortSignal.abort() }))).toBe('INTERRUPTED');
    expect(existsSync(file)).toBe(false);
  });

  it('does not wait for what an interrupted command leaves behind', async () => {
    const ready = path.join(tempDir(), 'ready');
    const controller = new AbortController();
    abortSoon(controller, 'SIGTERM', () => existsSync(ready));
    const before = performance.now();
    const command = ['sh', '-c', `sleep 60 & touch '${ready}'; wait`];
    expect(await codeOf(run(command, { signal: controller.signal }))).toBe('INTERRUPTED');
    expect(performance.now() - before).toBeLessThan(30_000);
  });

  it('ends the wait for a process that was left behind', async () => {
    const controller = new AbortController();
    const aborted = sleep(1500).then(() => controller.abort());
    expect(await codeOf(run(['sh', '-c', 'sleep 60 & true'], { signal: controller.signal }))).toBe('INTERRUPTED');
    await aborted;
  });

  it('kills the child when our own process ends', async () => {
    const file = path.join(tempDir(), 'pid');
    const module = path.resolve(import.meta.dirname, '../../../src/core/run/run-command.ts');
    const script = `
      import { runCommand } from ${JSON.stringify(module)};
      setTimeout(() => process.exit(0), 1500);
      const { stdout, stderr } = process;
      const command = ['sh', '-c', 'trap "" TERM INT; echo $$ > ${file}; while :; do sleep 1; done'];
      await runCommand({ command, cwd: '/', env: { PATH: process.env.PATH }, sharesTerminal: false, stdout, stderr });`;
    spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    const pid = readFileSync(file, 'utf8').trim();
    await sleep(200);
    expect(isRunning(pid)).toBe(false);
  });
});
