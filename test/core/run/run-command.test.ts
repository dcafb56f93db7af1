import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { tempDir } from '../model/support.ts';
import { codeOf, node, run, sha256 } from './run-command-support.ts';

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
