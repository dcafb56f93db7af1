import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../model/support.ts';
import { abortSoon, codeOf, isRunning, node, run } from './run-command-support.ts';

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
