import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findTool } from '../../src/core/run/find-program.ts';
import { KEYS, provenanceOf } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, type JsonDocument, onlyDocument, runStemma } from '../support/cli.ts';

const hasTool = (name: string): boolean => findTool(name, { env: process.env }) !== undefined;
const TRAINER = `
const fs = require('node:fs');
const net = require('node:net');
for (const file of ['data/d.csv', ...process.argv.slice(2).filter((a) => !a.startsWith('tcp:'))]) {
  try { fs.readFileSync(file); } catch (error) { console.log(file, error.code); }
}
for (const address of process.argv.slice(2).filter((a) => a.startsWith('tcp:'))) {
  net.connect(Number(address.slice(4)), '127.0.0.1').on('error', (error) => console.log(error.code)).on('connect', function () { this.end(); });
}
console.log(process.stdin.isTTY === true ? 'tty' : 'no', process.stdout.isTTY === true ? 'tty' : 'no');
fs.mkdirSync('out', { recursive: true });
fs.writeFileSync('out/weights.bin', 'trained');
`;
let dir: string;
let env: Record<string, string>;

beforeEach(() => {
  dir = tempDir();
  for (const name of ['p256.key', 'p256.pub']) cpSync(path.join(KEYS, name), path.join(dir, name));
  chmodSync(path.join(dir, 'p256.key'), 0o600);
  mkdirSync(path.join(dir, 'data'));
  writeFileSync(path.join(dir, 'data/d.csv'), 'a,b\n');
  writeFileSync(path.join(dir, 'extra.csv'), 'extra\n');
  writeFileSync(path.join(dir, 'train.cjs'), TRAINER);
  env = { TMPDIR: tempDir(), GIT_CEILING_DIRECTORIES: dir };
});

/** Node by its place, so that no version manager takes part. */
const run = (flags: string, args: readonly string[] = [], more: Record<string, string> = {}): Promise<CliResult> =>
  runStemma(
    [
      'run',
      '--key',
      'p256.key',
      '--dataset',
      'data',
      '--output',
      'out',
      ...flags.split(' '),
      '--',
      process.execPath,
      'train.cjs',
      ...args,
    ],
    { cwd: dir, env: { ...env, ...more } },
  );
const document = async (...args: Parameters<typeof run>): Promise<JsonDocument> =>
  onlyDocument((await run(...args)).stdout);

describe.each([
  ['--observe', 'strace'],
  ['--hermetic', 'bubblewrap'],
  ['--tty', 'util-linux'],
])('stemma run %s where the system lacks %s', (flag, tool) => {
  it('exits with 2, says what to install, and runs nothing', async () => {
    const { exitCode, error } = await document(`${flag} --json`, [], { PATH: tempDir() });
    expect([exitCode, error?.code]).toEqual([2, 'TOOL_MISSING']);
    expect(error?.hint).toContain(tool);
    expect(existsSync(path.join(dir, 'out'))).toBe(false);
  });

  it('is not taken in by a program of that name in the working folder', async () => {
    for (const name of ['strace', 'bwrap', 'script']) {
      writeFileSync(path.join(dir, name), '#!/bin/sh\nexit 7\n', { mode: 0o755 });
    }
    const { exitCode } = await run(flag, [], { PATH: `.:${tempDir()}` });
    expect([exitCode, existsSync(path.join(dir, 'out'))]).toEqual([2, false]);
  });
});

describe.skipIf(!hasTool('strace'))('stemma run --observe', () => {
  it('signs what was read and not declared, and warns of it', async () => {
    const { exitCode, warnings, result } = await document('--input train.cjs --observe --json', ['extra.csv']);
    expect(exitCode).toBe(0);
    expect(warnings).toContain('read and not declared: "extra.csv"');
    expect(result).toMatchObject({
      attested: true,
      observation: {
        complete: true,
        gaps: {},
        unsettledCount: 0,
        files: [{ name: 'extra.csv', place: 'working-folder' }],
      },
    });
    const provenance = provenanceOf(path.join(dir, 'out'));
    expect(provenance).toMatchObject({
      inputs: [
        { name: 'train.cjs', evidence: 'observed' },
        { name: 'extra.csv', evidence: 'observed', undeclared: true },
      ],
      observation: { tool: 'strace', complete: true, gaps: {} },
      contacts: [],
    });
    expect(provenance.inputs[0]).not.toHaveProperty('undeclared');
    expect(provenance.environment.map(({ name }) => name)).toContain('system');
    const verified = await runStemma(['verify', 'out', '--key', 'p256.pub', '--json'], { cwd: dir, env });
    const claimed = onlyDocument(verified.stdout).result?.['claimed'];
    expect(claimed).toContainEqual(
      expect.objectContaining({ name: 'input', value: 'extra.csv (observed, and not declared)' }),
    );
    expect(claimed).toContainEqual(expect.objectContaining({ name: 'observation', value: 'strace, complete' }));
  });

  it('signs addresses, and nothing that names the machine or its user', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const outside = tempDir();
    writeFileSync(path.join(outside, 'secret-plan.csv'), 'x');
    symlinkSync(outside, path.join(dir, 'link'));
    const { exitCode, stderr } = await run('--observe', [`tcp:${port}`, 'link/secret-plan.csv']);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining(`tcp://127.0.0.1:${port}`)]);
    const provenance = provenanceOf(path.join(dir, 'out'));
    expect(provenance.contacts).toContainEqual({
      uri: `tcp://127.0.0.1:${port}`,
      direction: 'outbound',
      reached: true,
      evidence: 'observed',
    });
    expect(provenance.inputs.map(({ name }) => name)).toEqual(['train.cjs', 'secret-plan.csv']);
    const { observation, ...signed } = provenance;
    expect(observation).toMatchObject({ complete: true });
    expect(JSON.stringify(signed)).not.toMatch(new RegExp(`${path.basename(dir)}|${path.basename(outside)}`));
  });

  it('attests nothing of a command that fails, and leaves nothing behind', async () => {
    writeFileSync(path.join(dir, 'train.cjs'), `${TRAINER}\nprocess.exit(9);`);
    const { exitCode, result } = await document('--observe --json');
    expect([exitCode, result?.['attested']]).toEqual([9, false]);
    expect(result).not.toHaveProperty('observation');
    expect(readdirSync(env['TMPDIR'] ?? '')).toEqual([]);
  });

  it('fails a run whose input changed, as without it', async () => {
    writeFileSync(path.join(dir, 'train.cjs'), `${TRAINER}\nfs.appendFileSync('data/d.csv', 'x');`);
    const { exitCode, error } = await document('--observe --json');
    expect([exitCode, error?.code]).toEqual([1, 'INPUT_CHANGED']);
  });

  it('says in the statement that it is not complete', async () => {
    writeFileSync(
      path.join(dir, 'train.cjs'),
      `${TRAINER}\nfs.readFileSync('extra.csv'); fs.appendFileSync('extra.csv', 'x');`,
    );
    const { warnings } = await document('--observe --json');
    expect(warnings).toContain('read, not declared, and by now not what was read: "extra.csv" (changed)');
    expect(provenanceOf(path.join(dir, 'out')).observation).toEqual({ tool: 'strace', complete: false, gaps: {} });
  });
});

describe.skipIf(!hasTool('bwrap'))('stemma run --hermetic', () => {
  it('says that the command could read nothing but what was declared', async () => {
    const { exitCode, stdout } = await run('--input train.cjs --hermetic', ['extra.csv', 'tcp:9']);
    expect([exitCode, stdout]).toEqual([0, 'extra.csv ENOENT\nno no\nECONNREFUSED\n']);
    expect(provenanceOf(path.join(dir, 'out'))).toMatchObject({
      links: [{ name: 'data', evidence: 'hermetic' }],
      inputs: [{ name: 'train.cjs', evidence: 'hermetic' }],
      observation: undefined,
    });
  });

  it('names the trainer that nobody declared', async () => {
    const { exitCode, stderr } = await run('--hermetic');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      '"train.cjs" is not declared, and --hermetic hides it from the command: name it with --input',
    );
  });

  it('refuses the working folder as an output', async () => {
    const args = [
      'run',
      '--key',
      'p256.key',
      '--output',
      '.',
      '--hermetic',
      '--json',
      '--',
      process.execPath,
      'train.cjs',
    ];
    const { exitCode } = await runStemma(args, { cwd: dir, env });
    expect(exitCode).toBe(2);
  });
});

describe.skipIf(!hasTool('script'))('stemma run --tty', () => {
  it('gives the command a terminal, and takes the log of what it shows', async () => {
    const { exitCode, stdout } = await run('--tty');
    expect([exitCode, stdout]).toEqual([0, 'tty tty\r\n']);
    expect(provenanceOf(path.join(dir, 'out')).logs).toMatchObject([
      { name: 'stdout', size: 1 },
      { name: 'stderr', size: 0 },
    ]);
  });

  it('exits with the status of the command', async () => {
    writeFileSync(path.join(dir, 'train.cjs'), 'process.kill(process.pid, "SIGKILL")');
    expect((await run('--tty')).exitCode).toBe(137);
  });
});
