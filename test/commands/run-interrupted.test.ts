import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CliResult, onlyDocument, plainEnvironment } from '../support/cli.ts';
import { Workshop } from './run-support.ts';

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js');
let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
});

describe('an interrupted run', () => {
  const HANG =
    "process.on('SIGINT',()=>{console.log('saving');setTimeout(()=>process.exit(0),200)});process.on('SIGTERM',()=>{});setInterval(()=>{},1000);console.log('ready')";

  function start(text: string): { readonly child: ReturnType<typeof spawn>; readonly ended: Promise<CliResult> } {
    const flags = ['--key', 'p256.key', '--no-source', '--output', 'out'];
    const args = [RUN, 'run', ...flags, '--', ...shop.script('hang.mjs', text)];
    const child = spawn(process.execPath, args, {
      cwd: shop.dir,
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    const ended = new Promise<CliResult>((resolve) =>
      child.on('close', (exitCode) => resolve({ exitCode, ...output })),
    );
    return { child, ended };
  }
  const ready = async (child: ReturnType<typeof spawn>): Promise<void> => {
    await new Promise((resolve) => child.stdout?.once('data', resolve));
  };

  it('reaches the command, waits for it, and attests nothing whatever its status', async () => {
    mkdirSync(shop.at('out'));
    writeFileSync(shop.at('out/x'), 'x');
    const { child, ended } = start(`import fs from 'node:fs';fs.writeFileSync('out/x','y');${HANG}`);
    await ready(child);
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await ended;
    expect([exitCode, stdout]).toEqual([130, 'ready\nsaving\n']);
    expect(stderr).toContain('the run was interrupted: nothing is attested');
    expect(shop.evidence()).toEqual([]);
  });

  it('ends at the second signal, and the command with it', async () => {
    const { child, ended } = start(`import fs from 'node:fs';fs.writeFileSync('pid',String(process.pid));${HANG}`);
    await ready(child);
    child.kill('SIGTERM');
    await sleep(300);
    child.kill('SIGTERM');
    expect((await ended).exitCode).toBe(130);
    await sleep(200);
    const stat = path.join('/proc', readFileSync(shop.at('pid'), 'utf8'), 'stat');
    expect(existsSync(stat) ? / Z /.test(readFileSync(stat, 'latin1')) : true).toBe(true);
    expect(shop.evidence()).toEqual([]);
  });

  it('says so under --json as an error', async () => {
    const args = [
      RUN,
      'run',
      '--key',
      'p256.key',
      '--no-source',
      '--output',
      'out',
      '--json',
      '--',
      'sh',
      '-c',
      'echo ready; sleep 60',
    ];
    const child = spawn(process.execPath, args, {
      cwd: shop.dir,
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.kill('SIGTERM');
    await new Promise((resolve) => child.on('close', resolve));
    const { exitCode, error, warnings } = onlyDocument(stdout);
    expect([exitCode, error?.code]).toEqual([130, 'INTERRUPTED']);
    expect(warnings).toContain('the run was interrupted: nothing is attested');
  });

  it('leaves nothing attested where stemma itself is killed', async () => {
    const { child, ended } = start(HANG);
    await ready(child);
    child.kill('SIGKILL');
    await ended;
    expect(shop.evidence()).toEqual([]);
  });
});
