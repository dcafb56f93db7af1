import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS, snapshot, statementsOf } from '../core/attest/support.ts';
import { onlyDocument, plainEnvironment } from '../support/cli.ts';
import { enlarge, type Workplace, workplace } from './attest-support.ts';

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js');
let dir: string;
let env: Workplace['env'];
let stemma: Workplace['stemma'];
let attest: Workplace['attest'];
let sideFiles: Workplace['sideFiles'];
let leftovers: Workplace['leftovers'];
beforeEach(() => {
  ({ dir, env, stemma, attest, sideFiles, leftovers } = workplace());
});

function start(args: readonly string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [RUN, 'attest', ...args], {
    cwd: dir,
    env: plainEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

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
    enlarge(path.join(dir, 'finetuned'));
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
