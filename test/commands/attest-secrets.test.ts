import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { provenanceOf, statementsOf } from '../core/attest/support.ts';
import { onlyDocument } from '../support/cli.ts';
import { type Workplace, workplace } from './attest-support.ts';

let dir: string;
let stemma: Workplace['stemma'];
let sideFiles: Workplace['sideFiles'];
beforeEach(() => {
  ({ dir, stemma, sideFiles } = workplace());
});

describe('secrets', () => {
  const WORDS = ['correct horse', 'hunter2', 'tok3n-of-a-runner'];

  it('are in nothing that is written or printed', async () => {
    writeFileSync(path.join(dir, 'pass'), 'correct horse\n');
    execFileSync('git', ['init', '-q'], { cwd: dir });
    execFileSync('git', ['remote', 'add', 'origin', 'https://ci:hunter2@git.example.com/org/code?token=hunter2'], {
      cwd: dir,
    });
    writeFileSync(path.join(dir, 'train.py'), 'print(1)');
    execFileSync('git', ['add', 'train.py'], { cwd: dir });
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '-m', 'x'], { cwd: dir });
    const ci = {
      GITLAB_CI: 'true',
      CI_PROJECT_URL: 'https://ci:tok3n-of-a-runner@gitlab.example.com/org/repo?x=tok3n-of-a-runner',
      CI_RUNNER_ID: '5',
      CI_JOB_URL: 'https://gitlab.example.com/org/repo/-/jobs/1?job_token=tok3n-of-a-runner',
      CI_JOB_TOKEN: 'tok3n-of-a-runner',
    };
    const outputs: string[] = [];
    for (const more of [['--json'], ['--verbose', '--debug'], ['--force'], ['--param', 'password=hunter2']]) {
      const { stdout, stderr } = await stemma(
        [
          'attest',
          'finetuned',
          '--key',
          'p256-encrypted.key',
          '--passphrase-file',
          'pass',
          '--log',
          path.join(dir, 'train.jsonl'),
          ...more,
        ],
        ci,
      );
      outputs.push(stdout, stderr);
    }
    const provenance = provenanceOf(path.join(dir, 'finetuned'));
    expect(provenance.sources.map(({ uri }) => uri)).toEqual(['git+https://git.example.com/org/code']);
    expect(provenance.builder.id).toBe('https://gitlab.example.com/org/repo/-/runners/5');
    expect(provenance.invocationId).toBe('https://gitlab.example.com/org/repo/-/jobs/1');
    for (const name of sideFiles('finetuned')) outputs.push(readFileSync(path.join(dir, 'finetuned', name), 'utf8'));
    for (const { statement } of statementsOf(path.join(dir, 'finetuned')))
      outputs.push(Buffer.from(statement.payload).toString());
    const key = readFileSync(path.join(dir, 'p256-encrypted.key'), 'utf8').split('\n')[1] ?? '';
    const hostname = os.hostname().length > 5 ? [os.hostname()] : [];
    for (const word of [...WORDS, dir, key, ...hostname]) {
      for (const text of outputs) expect(text.includes(word), word).toBe(false);
    }
    expect(sideFiles('finetuned')).toHaveLength(3);
  });

  it.each([
    ['wrong', 'hunter2', 4, 'PASSPHRASE_WRONG'],
    ['empty', '', 2, 'PASSPHRASE_MISSING'],
  ])('that are %s open no key, and are not told', async (_, passphrase, expected, code) => {
    const { exitCode, stdout, stderr } = await stemma(
      ['attest', 'finetuned', '--key', 'p256-encrypted.key', '--json'],
      {
        STEMMA_PASSPHRASE: passphrase,
      },
    );
    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([expected, code]);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(sideFiles('finetuned')).toEqual([]);
  });
});
