import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS, provenanceOf } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const TRAINER = `
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
(async () => {
  fs.mkdirSync('out', { recursive: true });
  for (const step of [300, 20, 1000]) {
    fs.writeFileSync('ckpt-' + step + '.bin', 'weights ' + step);
    await sleep(50);
  }
  fs.renameSync('ckpt-1000.bin', 'out/ckpt-1000.bin');
  fs.writeFileSync('out/weights.bin', 'trained');
})();
`;
let dir: string;

beforeEach(() => {
  dir = tempDir();
  for (const name of ['p256.key', 'p256.pub']) cpSync(path.join(KEYS, name), path.join(dir, name));
  chmodSync(path.join(dir, 'p256.key'), 0o600);
  writeFileSync(path.join(dir, 'train.cjs'), TRAINER);
});

const stemma = (...args: readonly string[]): Promise<CliResult> =>
  runStemma(args, { cwd: dir, env: { GIT_CEILING_DIRECTORIES: dir } });
const run = (...flags: readonly string[]): Promise<CliResult> =>
  stemma('run', '--key', 'p256.key', '--output', 'out', ...flags, '--', process.execPath, 'train.cjs');
const text = (name: string): string => readFileSync(path.join(dir, name), 'utf8');
const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');

describe('stemma run --checkpoint-glob', () => {
  it('signs the transcript of the checkpoints, and verify compares it', async () => {
    const { exitCode } = await run('--checkpoint-glob', 'ckpt-*.bin', '--checkpoint-glob', 'out/ckpt-*.bin');
    expect(exitCode).toBe(0);
    const lines = text('transcript.jsonl').split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual([
      'ckpt-300.bin',
      'ckpt-20.bin',
      'out/ckpt-1000.bin',
    ]);
    for (const [index, line] of lines.entries()) {
      const before = index === 0 ? 'stemma/transcript/v1\0' : `${lines[index - 1] ?? ''}\n`;
      expect(JSON.parse(line)).toMatchObject({ index, prev: sha256(before) });
    }
    const log = provenanceOf(path.join(dir, 'out')).logs.at(-1);
    expect(log).toMatchObject({
      name: 'transcript.jsonl',
      size: 3,
      digest: { sha256: sha256(text('transcript.jsonl')) },
    });

    const verify = (flag = '--log'): Promise<CliResult> =>
      stemma('verify', 'out', '--key', 'p256.pub', flag, 'transcript.jsonl');
    expect((await verify()).exitCode).toBe(0);
    const { stdout } = await verify('--transcript');
    expect(stdout).toContain('3 checkpoints in an unbroken chain; 3 of 3 files are here, and equal');
    appendFileSync(path.join(dir, 'ckpt-20.bin'), '!');
    expect((await verify('--transcript')).exitCode).toBe(1);
    writeFileSync(path.join(dir, 'transcript.jsonl'), text('transcript.jsonl').replace('ckpt-20', 'ckpt-21'));
    expect((await verify()).exitCode).toBe(1);
  });

  it('does not warn of the transcript as of a write that was not declared', async () => {
    const { exitCode, stderr } = await run('--checkpoint-glob', 'ckpt-*.bin', '--transcript', 'run-7.jsonl');
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain('run-7.jsonl"');
    expect([existsSync(path.join(dir, 'run-7.jsonl')), existsSync(path.join(dir, 'transcript.jsonl'))]).toEqual([
      true,
      false,
    ]);
  });

  it('takes what matches as declared, and warns of nothing else less', async () => {
    writeFileSync(path.join(dir, 'train.cjs'), `${TRAINER}\nfs.writeFileSync('ckpt.bin', 'stray');`);
    const { exitCode, stdout } = await run('--checkpoint-glob', './ckpt-*.bin', '--json');
    expect(exitCode).toBe(0);
    expect(onlyDocument(stdout).result?.['undeclared']).toEqual({ files: 1, paths: ['ckpt.bin'] });
    expect(text('transcript.jsonl').split('\n')).toHaveLength(3);
  });

  it('attests nothing where the command writes to the transcript', async () => {
    writeFileSync(
      path.join(dir, 'train.cjs'),
      `${TRAINER}\nrequire('node:fs').appendFileSync('transcript.jsonl', '{}\\n');`,
    );
    const { exitCode, stdout } = await run('--checkpoint-glob', 'ckpt-*.bin', '--json');
    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([1, 'LOG_REWRITTEN']);
    expect(existsSync(path.join(dir, 'out/model.sig'))).toBe(false);
  });

  it('keeps what was written down of a command that fails, and attests nothing', async () => {
    writeFileSync(
      path.join(dir, 'train.cjs'),
      `${TRAINER}\nsetInterval(() => { if (fs.statSync('transcript.jsonl').size > 0) process.exit(9); }, 100);`,
    );
    expect((await run('--checkpoint-glob', 'ckpt-*.bin')).exitCode).toBe(9);
    expect([existsSync(path.join(dir, 'transcript.jsonl')), existsSync(path.join(dir, 'out/model.sig'))]).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    ['a pattern that leads out of the working folder', ['--checkpoint-glob', '../*'], 'USAGE'],
    ['a name of TensorBoard logs', ['--checkpoint-glob', '*', '--transcript', 'a.tfevents.b'], 'USAGE'],
    ['a transcript that is there already', ['--checkpoint-glob', '*', '--transcript', 'train.cjs'], 'WOULD_OVERWRITE'],
    ['a transcript of nothing', ['--transcript', 'a.jsonl'], 'USAGE'],
  ])('exits with 2 before the command is run for %s', async (_, flags, code) => {
    const { exitCode, stdout } = await run(...flags, '--json');
    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([2, code]);
    expect(existsSync(path.join(dir, 'out'))).toBe(false);
  });
});
