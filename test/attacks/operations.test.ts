import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VERIFY_DEFAULTS } from '../../src/core/defaults.ts';
import { readPublicKey } from '../../src/core/keys/index.ts';
import { exitCodeOf, type VerifyOptions, verifyModel } from '../../src/core/verify/index.ts';
import { onlyDocument, plainEnvironment, runStemma } from '../support/cli.ts';
import { codeOf } from './support/code.ts';
import { keyFile, TRAINER } from './support/keys.ts';
import { attest, prepare, Scene } from './support/scene.ts';
import { treeOf } from './support/tree.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const NO_NETWORK = path.join(import.meta.dirname, 'support/no-network.mjs');

let prepared = '';
let scene: Scene;

beforeEach(async () => {
  prepared = prepared === '' ? await prepare() : prepared;
  scene = new Scene(prepared);
});

afterEach(() => scene.end());
afterAll(() => rmSync(path.dirname(prepared), { recursive: true }));

const options = (more: Partial<VerifyOptions> = {}): VerifyOptions => ({
  ...VERIFY_DEFAULTS,
  model: scene.model,
  trust: [{ kind: 'key', label: 'trainer.pub', key: readPublicKey(readFileSync(TRAINER)).key }],
  at: new Date('2026-11-23T12:00:00Z'),
  version: '0',
  ...more,
});

describe('row 59: a model that changes during the run', () => {
  const SIZE = 512 * 1024 * 1024;

  beforeEach(async () => {
    scene.write('big.bin', '');
    truncateSync(scene.in('big.bin'), SIZE);
    await scene.attestAnew();
  });

  it.each([
    ['grows', () => appendFileSync(scene.in('big.bin'), 'x')],
    ['shrinks', () => truncateSync(scene.in('big.bin'), SIZE - 1)],
    ['is written to', () => writeFileSync(scene.in('big.bin'), 'x', { flag: 'r+' })],
  ])('is unavailable where a file %s', async (_what, change) => {
    let changed = false;
    const onProgress = (): void => {
      if (!changed) change();
      changed = true;
    };

    const report = await verifyModel(options({ onProgress, mode: 'fast' }));

    expect(changed).toBe(true);
    expect(exitCodeOf(report)).toBe(5);
    expect(report.checks.find(({ id }) => id === 'match.identity')?.message).toMatch(/changed|shorter|longer/);
  });

  it('row 61: is unavailable where a file vanishes between the walk and the reading, never taken as absent', async () => {
    // The walk is over by the first progress, and the largest files are read before the small ones.
    const onProgress = (): void => rmSync(scene.in('config.json'), { force: true });

    const report = await verifyModel(options({ onProgress }));

    expect(existsSync(scene.in('config.json'))).toBe(false);
    expect(exitCodeOf(report)).toBe(5);
  });

  it('ends attest with FILE_CHANGED, and nothing new is written', async () => {
    const before = treeOf(scene.dir).filter((line) => !line.includes('big.bin'));
    let changed = false;
    const onProgress = (): void => {
      if (!changed) appendFileSync(scene.in('big.bin'), 'x');
      changed = true;
    };

    expect(await codeOf(attest(scene.model, { onProgress, force: true }))).toBe('FILE_CHANGED');
    expect(treeOf(scene.dir).filter((line) => !line.includes('big.bin'))).toEqual(before);
  });
});

it('row 62: twenty thousand tiny files', async () => {
  for (let folder = 0; folder < 20; folder++) {
    mkdirSync(scene.in(`d${folder}`));
    for (let file = 0; file < 1000; file++) writeFileSync(scene.in(`d${folder}/f${file}`), '');
  }
  await scene.attestAnew();

  expect(exitCodeOf(await verifyModel(options({ mode: 'fast' })))).toBe(0);

  writeFileSync(scene.in('d19/f999'), 'x');

  const report = await verifyModel(options());
  expect(exitCodeOf(report)).toBe(1);
  expect(report.changes.map(({ path: at }) => at)).toEqual(['d19/f999']);
});

describe('row 68: a Git repository whose configuration names programs', () => {
  it.each([
    // A source inside the model would be what is attested: refused, and the model then has no evidence.
    ['inside the model', () => scene.model, { attested: 'USAGE', exit: 3 }],
    ['given as the source', () => path.join(scene.dir, 'source'), { attested: 'nothing thrown', exit: 0 }],
  ])('%s: nothing of it runs', async (_where, folderOf, expected) => {
    const folder = folderOf();
    mkdirSync(folder, { recursive: true });
    const marker = path.join(scene.dir, 'ran');
    const git = (...args: readonly string[]): void => {
      const { status, stderr } = spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, expect.any(String)]);
    };
    git('init', '-q');
    writeFileSync(path.join(folder, 'code.py'), 'print()');
    writeFileSync(path.join(folder, '.gitattributes'), '*.py filter=evil diff=evil\n');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'x');
    const program = `touch '${marker}'; cat`;
    for (const key of [
      'core.fsmonitor',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.evil.process',
      'diff.evil.textconv',
      'diff.external',
      'core.sshCommand',
      'core.pager',
      'core.hooksPath',
    ]) {
      git('config', key, program);
    }
    writeFileSync(path.join(folder, 'code.py'), 'print(1)');

    const attested = await codeOf(scene.attestAnew({ source: { folder, explicit: true }, env: process.env }));
    const report = await verifyModel(options());

    expect(existsSync(marker)).toBe(false);
    expect({ attested, exit: exitCodeOf(report) }).toEqual(expected);

    // The traps are real: a Git that is asked plainly springs them.
    git('status');
    expect(existsSync(marker)).toBe(true);
  });
});

describe('row 72: the surroundings of a run', () => {
  const verify = (...more: readonly string[]): string[] => ['verify', scene.model, '--key', TRAINER, ...more];

  it('reaches no network, whatever is asked of it', async () => {
    const log = path.join(scene.dir, 'network.log');
    const env = { NODE_OPTIONS: `--import=${NO_NETWORK}`, NETWORK_LOG: log };

    for (const argv of [
      verify(),
      verify('--fast', '--json'),
      verify('--full', '--require', 'provenance'),
      ['verify', scene.model, '--identity', 'a@b.c', '--identity-provider', 'https://example.com'],
      ['attest', scene.model, '--key', keyFile('p256.key'), '--no-source'],
    ]) {
      const { exitCode, stderr } = await runStemma(argv, { env });
      expect([0, 3], stderr).toContain(exitCode);
    }

    expect(existsSync(log)).toBe(false);
  });

  it('notices a network call, or the test above would prove nothing', () => {
    const log = path.join(scene.dir, 'network.log');
    const { status } = spawnSync(process.execPath, ['--import', NO_NETWORK, '-e', "require('node:net').connect(1)"], {
      env: plainEnvironment({ NETWORK_LOG: log }),
    });

    expect(status).not.toBe(0);
    expect(readFileSync(log, 'utf8')).toBe('net.connect\n');
  });

  it.each([
    ['a good model', 0],
    ['a changed one', 1],
  ])('keeps the exit code of %s when its reader has gone', async (_what, code) => {
    if (code === 1) scene.write('config.json', '{}');

    const exit = await new Promise((resolve) => {
      const child = spawn(process.execPath, [path.join(ROOT, 'bin/dev.js'), ...verify('--verbose')], {
        env: plainEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.destroy();
      child.stderr.destroy();
      child.on('close', resolve);
    });

    expect(exit).toBe(code);
  });

  it.each([
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['no terminal', {}],
    ['the locale C', { LC_ALL: 'C', LANG: 'C' }],
    ['a dumb terminal', { TERM: 'dumb' }],
  ])('prints no escape sequence under %s', async (_what, env) => {
    const { exitCode, stdout, stderr } = await runStemma(verify(), { env });

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('PASS');
  });

  it.each(['1970-01-01', '2100-01-01T00:00:00Z'])('decides about keys the same in %s', async (time) => {
    const { exitCode, stdout } = await runStemma(verify('--time', time, '--json'));

    expect(exitCode).toBe(0);
    expect(onlyDocument(stdout).result).toMatchObject({ result: 'pass', time: null });
  });

  it('gives the same bytes twice', async () => {
    const [first, second] = [await runStemma(verify('--json')), await runStemma(verify('--json'))];

    expect(second.stdout).toBe(first.stdout);
  });
});
