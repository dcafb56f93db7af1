import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { FAULTS, startGateway, type TestGateway } from '../support/gateway.ts';
import { Held } from './ipfs-support.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');
const held = new Held();
let dir: string;
let gateway: TestGateway;

const at = (...parts: string[]): string => path.join(dir, ...parts);

async function stemma(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runStemma(args, { cwd: dir });
  if (exitCode !== 0) throw new Error(`stemma ${args.join(' ')}: exit ${exitCode}\n${stderr}${stdout}`);
  return stdout;
}

/** Attests a model of its own signer, whose evidence travels apart from that of its parents. */
async function attest(model: string, key: string, ...more: string[]): Promise<void> {
  await stemma('attest', model, '--key', `${key}.key`, '--no-source', '--no-parent-evidence', '--quiet', ...more);
}

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'stemma-online-'));
  for (const name of ['base', 'finetuned', 'merged']) cpSync(path.join(DIGITS, name), at(name), { recursive: true });
  for (const key of ['publisher', 'trainer', 'release', 'stranger'])
    await stemma('key', 'generate', key, '--no-passphrase');
  await attest('base', 'publisher');
  await attest('finetuned', 'trainer', '--base', 'finetuned-from=base');
  await attest('merged', 'release', '--base', 'merged-from=finetuned');
  for (const name of ['base', 'finetuned']) await held.addEvidence(at(name));
  gateway = await startGateway(held.get);
});
afterAll(() => {
  gateway.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => mkdirSync(at('cache')));
afterEach(() => {
  rmSync(at('cache'), { recursive: true });
  gateway.asked.length = 0;
  gateway.fault = () => false;
});

const MERGED = ['--key', 'release.pub', '--ancestor-key', 'trainer.pub', '--ancestor-key', 'publisher.pub'];
const online = (): string[] => ['--online', '--gateway', gateway.url, '--timeout', '2'];

async function run(command: string, model: string, ...more: string[]) {
  const env = { XDG_CACHE_HOME: at('cache') };
  const result = await runStemma([command, model, ...more, '--json'], { cwd: dir, env });
  const report = onlyDocument(result.stdout).result as {
    checks: { id: string; outcome: string; message: string }[];
    lineage: { nodes: { name: string; outcome: string }[] };
    warnings: string[];
  };
  return { ...result, report };
}

describe('verify --online', () => {
  test('fetches the evidence of ancestors from where their links say it is, and theirs in turn', async () => {
    const without = await run('verify', 'merged', ...MERGED);
    expect(without.exitCode).toBe(3);
    const { exitCode, report } = await run('verify', 'merged', ...MERGED, ...online());
    expect(exitCode).toBe(0);
    expect(report.lineage.nodes.map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass']);
    const fetched = report.checks.filter(({ id }) => id === 'collect.ancestor');
    expect(fetched.map(({ outcome }) => outcome)).toEqual(['pass', 'pass']);
  });

  test('does so for lineage as well', async () => {
    expect((await run('lineage', 'merged', ...MERGED)).exitCode).toBe(3);
    expect((await run('lineage', 'merged', ...MERGED, ...online())).exitCode).toBe(0);
  });

  test('fetches no manifest, which is not asked for', async () => {
    await run('verify', 'merged', ...MERGED, ...online());
    const manifest = readFileSync(at('base', 'model.manifest.jsonl'));
    const names = readdirSync(at('cache', 'stemma', 'blocks'));
    const sizes = names.map((name) => readFileSync(at('cache', 'stemma', 'blocks', name)).length);
    // Small ones come with the folder; none of them is read as evidence.
    expect(names.length).toBe(gateway.asked.length);
    expect(sizes.every((size) => size <= Math.max(manifest.length, 2 ** 20))).toBe(true);
  });

  test('asks nobody without the flag, whatever the environment names', async () => {
    const env = { STEMMA_GATEWAY: gateway.url, XDG_CACHE_HOME: at('cache') };
    const { exitCode } = await runStemma(['verify', 'merged', ...MERGED], { cwd: dir, env });
    expect(exitCode).toBe(3);
    expect(gateway.asked).toEqual([]);
  });

  test('asks whom the environment names, with the flag', async () => {
    const env = { STEMMA_GATEWAY: gateway.url, XDG_CACHE_HOME: at('cache') };
    const { exitCode } = await runStemma(['verify', 'merged', ...MERGED, '--online'], { cwd: dir, env });
    expect(exitCode).toBe(0);
  });

  test('asks nobody where the evidence is at hand', async () => {
    const args = [
      '--attestations',
      'base/model.attestations.jsonl',
      '--attestations',
      'finetuned/model.attestations.jsonl',
    ];
    expect((await run('verify', 'merged', ...MERGED, ...args, ...online())).exitCode).toBe(0);
    expect(gateway.asked).toEqual([]);
  });

  test('asks nobody twice, and is not fooled by what somebody puts into the cache', async () => {
    await run('verify', 'merged', ...MERGED, ...online());
    gateway.asked.length = 0;
    expect((await run('verify', 'merged', ...MERGED, ...online())).exitCode).toBe(0);
    expect(gateway.asked).toEqual([]);
    const folder = at('cache', 'stemma', 'blocks');
    for (const name of readdirSync(folder)) writeFileSync(path.join(folder, name), 'poison');
    expect((await run('verify', 'merged', ...MERGED, ...online())).exitCode).toBe(0);
    expect(gateway.asked.length).toBe(readdirSync(folder).length);
    gateway.fault = FAULTS['status 404'];
    for (const name of readdirSync(folder)) writeFileSync(path.join(folder, name), 'poison');
    expect((await run('verify', 'merged', ...MERGED, ...online())).exitCode).not.toBe(0);
  });

  test('works without a cache that can be written', async () => {
    writeFileSync(at('cache', 'stemma'), 'a file where the folder belongs');
    expect((await run('verify', 'merged', ...MERGED, ...online())).exitCode).toBe(0);
  });

  test.each([
    ['status 404', 3],
    ['wrong bytes', 5],
    ['an HTML page with status 200', 5],
    ['a redirect to another host', 5],
    ['status 500', 5],
    ['an answer cut off', 5],
    ['nothing at all', 5],
  ] as const)('never passes an ancestor after %s', async (fault, expected) => {
    gateway.fault = FAULTS[fault];
    const { exitCode, report } = await run('verify', 'merged', ...MERGED, ...online());
    expect(report.lineage.nodes.slice(1).every(({ outcome }) => outcome !== 'pass')).toBe(true);
    expect(exitCode).toBe(expected);
    // The reason is in the report, as a source that could not be read or that had nothing.
    const said = [...report.checks.map(({ message }) => message), ...report.warnings].join('\n');
    expect(said).toContain(gateway.url);
  });

  test('says of a gateway that lied which one it is', async () => {
    gateway.fault = FAULTS['wrong bytes'];
    const { stderr } = await runStemma(['verify', 'merged', ...MERGED, ...online()], {
      cwd: dir,
      env: { XDG_CACHE_HOME: at('cache') },
    });
    expect(stderr).toContain(`warning: gateway ${gateway.url} sent bytes that are not those of the CID`);
  });

  test('trusts nobody for having been fetched', async () => {
    const keys = ['--key', 'release.pub', '--ancestor-key', 'stranger.pub'];
    const { exitCode, report } = await run('verify', 'merged', ...keys, ...online());
    expect(exitCode).toBe(3);
    expect(report.lineage.nodes[1]?.outcome).not.toBe('pass');
  });

  test('lets what it fetched sign for no model but its own', async () => {
    // The publisher's key is trusted for the model; what he signed is the base.
    const { exitCode } = await run('verify', 'merged', '--key', 'publisher.pub', ...online());
    expect(exitCode).toBe(3);
  });

  test('stops at the depth that was asked for', async () => {
    const { report } = await run('verify', 'merged', ...MERGED, ...online(), '--max-depth', '1');
    expect(report.lineage.nodes.filter(({ outcome }) => outcome === 'pass').length).toBe(2);
  });

  test.each([
    [['--online'], 'there is no gateway and no node'],
    [['--gateway', 'https://example.org'], '--online'],
    [['--online', '--gateway', 'http://example.org'], 'plain http'],
    [['--online', '--gateway', 'https://user:hunter2@example.org'], 'user name or password'],
    [['--online', '--gateway', 'ftp://example.org'], 'expected an https:// address'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await runStemma(['verify', 'merged', ...MERGED, ...args], { cwd: dir });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
  });
});
