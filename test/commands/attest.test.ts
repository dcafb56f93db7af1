import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { DIGITS, KEYS, provenanceOf, SIDE_FILES, snapshot, statementsOf, trainer } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, onlyDocument, plainEnvironment, runStemma } from '../support/cli.ts';

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js');
let dir: string;
let env: Record<string, string>;

beforeEach(() => {
  dir = tempDir();
  for (const name of ['base', 'finetuned', 'data-rotated']) {
    cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
  }
  cpSync(path.join(DIGITS, 'logs/finetuned.jsonl'), path.join(dir, 'train.jsonl'));
  for (const name of ['p256', 'p384', 'ed25519', 'p256-encrypted']) {
    cpSync(path.join(KEYS, `${name}.key`), path.join(dir, `${name}.key`));
    chmodSync(path.join(dir, `${name}.key`), 0o600);
  }
  mkdirSync(path.join(dir, 'tmp'));
  env = { TMPDIR: path.join(dir, 'tmp'), GIT_CEILING_DIRECTORIES: dir };
});

const stemma = (args: readonly string[], more: Record<string, string> = {}): Promise<CliResult> =>
  runStemma(args, { cwd: dir, env: { ...env, ...more } });
const attest = (...args: readonly string[]): Promise<CliResult> => stemma(['attest', ...args]);
const sideFiles = (model: string): string[] =>
  readdirSync(path.join(dir, model)).filter((name) => /^model\.(sig|.*jsonl)$/.test(name));
const leftovers = (): string[] =>
  [dir, path.join(dir, 'finetuned'), path.join(dir, 'tmp')]
    .flatMap((at) => readdirSync(at))
    .filter((name) => /stemma/.test(name));

/** A model whose hashing takes a while, and no room on the disk. */
function largeModel(): void {
  const file = path.join(dir, 'finetuned/large.bin');
  writeFileSync(file, '');
  truncateSync(file, 3 * 2 ** 30);
}

function start(args: readonly string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [RUN, 'attest', ...args], {
    cwd: dir,
    env: plainEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('stemma attest', () => {
  it('attests a model with its log, base and dataset, and says what it did', async () => {
    const command =
      'finetuned --key p256.key --log train.jsonl --base finetuned-from=base --dataset data-rotated --param lr=0.01';
    const { exitCode, stdout, stderr } = await attest(...command.split(' '));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('finetuned-from base');
    expect(stdout).toContain('trained-on data-rotated');
    expect(stdout).toContain('log train.jsonl: 96 records');
    expect(stdout).toContain('builder local');
    expect(stdout).toContain('wrote model.manifest.jsonl, model.attestations.jsonl, model.sig');
    expect(sideFiles('finetuned').toSorted()).toEqual(SIDE_FILES);
    expect(leftovers()).toEqual([]);
  });

  it('the same again changes no byte, and says so', async () => {
    await attest('finetuned', '--key', 'p256.key');
    const before = snapshot(path.join(dir, 'finetuned'));
    const { exitCode, stdout } = await attest('finetuned', '--key', 'p256.key');
    expect([exitCode, snapshot(path.join(dir, 'finetuned'))]).toEqual([0, before]);
    expect(stdout).toContain('nothing was written');
  });

  it('prints one document under --json, and nothing else', async () => {
    const { exitCode, stdout, stderr } = await attest('finetuned', '--key', 'p256.key', '--base', 'base', '--json');
    const { result, warnings, ok } = onlyDocument(stdout);
    expect([exitCode, stderr, ok]).toEqual([0, '', true]);
    expect(warnings).toEqual([expect.stringContaining('finetuned-from is assumed')]);
    expect(result).toMatchObject({
      name: 'finetuned',
      kind: 'folder',
      signer: { type: 'ecdsa-p256', fingerprint: trainer.publicKey.fingerprint },
      builder: 'local',
      written: ['model.manifest.jsonl', 'model.attestations.jsonl', 'model.sig'],
      links: [{ relation: 'finetuned-from', role: 'base-model', name: 'base' }],
      oms: 'file',
    });
  });

  it('can be verified by the public key', async () => {
    await attest('finetuned', '--key', 'p256.key', '--base', 'base');
    const { exitCode } = await stemma(['verify', 'finetuned', '--key', path.join(KEYS, 'p256.pub')]);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['no model', [], 2, 'USAGE'],
    ['no key', ['finetuned'], 2, 'USAGE'],
    ['a model that is not there', ['absent', '--key', 'p256.key'], 2, 'PATH_NOT_FOUND'],
    ['a key that is not there', ['finetuned', '--key', 'absent.key'], 2, 'PATH_NOT_FOUND'],
    ['a base that is not there', ['finetuned', '--key', 'p256.key', '--base', 'absent'], 2, 'PATH_NOT_FOUND'],
    ['a log that is not there', ['finetuned', '--key', 'p256.key', '--log', 'absent'], 2, 'PATH_NOT_FOUND'],
    ['an unknown relation', ['finetuned', '--key', 'p256.key', '--base', 'made-up=base'], 2, 'USAGE'],
    [
      'a broken digest set',
      ['finetuned', '--key', 'p256.key', '--base', `sha256:${'0'.repeat(66)}`],
      4,
      'DIGEST_SET_INVALID',
    ],
    ['a parameter without a value', ['finetuned', '--key', 'p256.key', '--param', 'lr'], 2, 'USAGE'],
    ['a secret for a parameter', ['finetuned', '--key', 'p256.key', '--param', 'hf_token=x'], 2, 'USAGE'],
    ['a name that is a path', ['finetuned', '--key', 'p256.key', '--name', '/x'], 2, 'USAGE'],
    ['a source without a repository', ['finetuned', '--key', 'p256.key', '--source', 'base'], 2, 'USAGE'],
    ['--source and --no-source', ['finetuned', '--key', 'p256.key', '--source', '.', '--no-source'], 2, 'USAGE'],
    ['an Ed25519 key', ['finetuned', '--key', 'ed25519.key'], 2, 'KEY_TYPE_REFUSED'],
    ['no passphrase', ['finetuned', '--key', 'p256-encrypted.key'], 2, 'PASSPHRASE_MISSING'],
    ['an output folder in the model', ['finetuned', '--key', 'p256.key', '--output-dir', 'finetuned/x'], 2, 'USAGE'],
  ])('refuses %s, and writes nothing', async (_, args, expected, code) => {
    const before = snapshot(dir);
    const { exitCode, stdout } = await attest(...args, '--json');
    const { error } = onlyDocument(stdout);
    expect([exitCode, error?.code]).toEqual([expected, code]);
    expect(snapshot(dir)).toEqual(before);
    expect(stdout).not.toContain(dir);
  });

  it('refuses a key that OMS refuses before it reads the model', async () => {
    largeModel();
    const started = performance.now();
    const { exitCode } = await attest('finetuned', '--key', 'ed25519.key');
    expect(exitCode).toBe(2);
    expect(performance.now() - started).toBeLessThan(5000);
  });
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

describe('the source', () => {
  it('is the repository of the working directory, unless --no-source says otherwise', async () => {
    execFileSync('git', ['init', '-q'], { cwd: dir });
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '--allow-empty', '-m', 'x'], {
      cwd: dir,
    });
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: dir, encoding: 'utf8' }).trim();
    await attest('finetuned', '--key', 'p256.key');
    expect(provenanceOf(path.join(dir, 'finetuned')).sources.map(({ digest }) => digest)).toEqual([
      { gitCommit: commit },
    ]);
    await attest('base', '--key', 'p256.key', '--no-source');
    expect(provenanceOf(path.join(dir, 'base')).sources).toEqual([]);
  });
});

describe('two processes at once', () => {
  it('lose nothing, ten times in a row', async () => {
    for (let round = 0; round < 10; round++) {
      const model = `m${round}`;
      cpSync(path.join(dir, 'base'), path.join(dir, model), { recursive: true });
      const results = await Promise.all([attest(model, '--key', 'p256.key'), attest(model, '--key', 'p384.key')]);
      expect(results.map(({ exitCode, stderr }) => [exitCode, stderr.includes('error')])).toEqual([
        [0, false],
        [0, false],
      ]);
      expect(results.filter(({ stdout }) => stdout.includes('ours is a line'))).toHaveLength(1);
      const kinds = statementsOf(path.join(dir, model)).map(({ statement }) => statement.predicateType);
      expect(kinds).toHaveLength(5);
      expect(sideFiles(model)).toHaveLength(3);
    }
    for (const key of ['p256.pub', 'p384.pub']) {
      const { exitCode } = await stemma(['verify', 'm9', '--key', path.join(KEYS, key)]);
      expect(exitCode, key).toBe(0);
    }
  }, 180_000);
});

describe('a run that is cut short', () => {
  it('by Ctrl-C leaves nothing, and exits 130', async () => {
    largeModel();
    const before = readdirSync(path.join(dir, 'finetuned')).toSorted();
    const child = start(['finetuned', '--key', 'p256.key']);
    const closed = once(child, 'close');
    for await (const text of child.stderr ?? []) if (String(text).includes('hashing model')) break;
    child.kill('SIGINT');
    expect((await closed)[0]).toBe(130);
    expect(readdirSync(path.join(dir, 'finetuned')).toSorted()).toEqual(before);
    expect(leftovers()).toEqual([]);
  });

  it('by SIGKILL at any moment leaves whole files, and the next one succeeds', async () => {
    await attest('base', '--key', 'p256.key');
    const whole = snapshot(path.join(dir, 'base'));
    const started = performance.now();
    await attest('base', '--key', 'p256.key');
    const takes = performance.now() - started;
    // The last tenths of a run are those in which it writes.
    for (const share of [0.5, 0.7, 0.8, 0.85, 0.9, 0.95]) {
      for (const name of sideFiles('base')) execFileSync('rm', [path.join(dir, 'base', name)]);
      const child = start(['base', '--key', 'p256.key']);
      const closed = once(child, 'close');
      await sleep(share * takes);
      child.kill('SIGKILL');
      await closed;
      for (const name of sideFiles('base')) {
        expect(readFileSync(path.join(dir, 'base', name), 'latin1'), name).toBe(whole[name]);
      }
      expect((await attest('base', '--key', 'p256.key')).exitCode).toBe(0);
      expect(snapshot(path.join(dir, 'base'))).toEqual(whole);
      expect(leftovers()).toEqual([]);
    }
  }, 180_000);

  it.runIf(process.platform === 'linux')(
    'by a limit on file sizes leaves everything as it was, and exits 5',
    async () => {
      await attest('finetuned', '--key', 'p256.key', '--base', 'base');
      const before = snapshot(path.join(dir, 'finetuned'));
      const command = `ulimit -f 2; exec "$0" "$@"`;
      const args = [RUN, 'attest', 'finetuned', '--key', 'p384.key', '--json'];
      const child = spawn('sh', ['-c', command, process.execPath, ...args], { cwd: dir, env: plainEnvironment(env) });
      let stdout = '';
      child.stdout.on('data', (text) => (stdout += String(text)));
      const [exitCode] = (await once(child, 'close')) as [number | null];
      expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([5, 'WRITE_FAILED']);
      expect(snapshot(path.join(dir, 'finetuned'))).toEqual(before);
      expect(leftovers()).toEqual([]);
    },
  );
});
