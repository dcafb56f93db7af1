import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { FAULTS, startGateway, type TestGateway } from '../support/gateway.ts';
import { Held } from './ipfs-support.ts';
import { attest, KEY } from './pin-support.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');
const ABSENT = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e';
const held = new Held();
let dir: string;
let cid: string;
let gateway: TestGateway;

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'stemma-fetch-'));
  cpSync(path.join(DIGITS, 'finetuned'), path.join(dir, 'model'), { recursive: true });
  await attest(path.join(dir, 'model'));
  cid = await held.addRelease(path.join(dir, 'model'));
  gateway = await startGateway(held.get);
});
afterAll(() => {
  gateway.close();
  rmSync(dir, { recursive: true });
});
afterEach(() => {
  rmSync(path.join(dir, 'out'), { recursive: true, force: true });
  for (const name of readdirSync(dir).filter((each) => each.startsWith('.stemma-fetch-')))
    rmSync(path.join(dir, name), { recursive: true });
  gateway.asked.length = 0;
  gateway.fault = () => false;
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runStemma(['fetch', ...args], { cwd: dir, env });
const from = (): string[] => ['--gateway', gateway.url, '--timeout', '2'];
const isOut = (): boolean => existsSync(path.join(dir, 'out'));

describe('stemma fetch', () => {
  test('fetches a release that passes verify as it is', async () => {
    const { exitCode, stdout } = await run([`ipfs://${cid}`, '-o', 'out', ...from()]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`ipfs://${cid}`);
    expect(readdirSync(path.join(dir, 'out')).toSorted()).toEqual(readdirSync(path.join(dir, 'model')).toSorted());
    const publicKey = KEY.replace('.key', '.pub');
    const verified = await runStemma(['verify', 'out', '--key', publicKey], { cwd: dir });
    expect(verified.exitCode).toBe(0);
  });

  test('takes the same from a CAR, and asks nobody', async () => {
    const key = ['--to', 'car=release.car', '--with-weights', '--yes'];
    const pinned = await runStemma(['pin', 'model', ...key], { cwd: dir });
    expect(pinned.exitCode).toBe(0);
    const { exitCode, stdout } = await run([cid, '-o', 'out', '--from-car', 'release.car', '--json']);
    expect(exitCode).toBe(0);
    expect(onlyDocument(stdout).result).toMatchObject({ cid, kind: 'folder', reused: 0 });
    const car = readFileSync(path.join(dir, 'release.car'));
    car[car.length - 5] = (car.at(-5) ?? 0) ^ 1;
    writeFileSync(path.join(dir, 'spoilt.car'), car);
    rmSync(path.join(dir, 'out'), { recursive: true });
    expect((await run([cid, '-o', 'out', '--from-car', 'spoilt.car'])).exitCode).toBe(1);
    expect(isOut()).toBe(false);
  });

  test.each([
    ['wrong bytes', 1],
    ['an HTML page with status 200', 1],
    ['an answer without end', 1],
    ['status 404', 3],
    ['status 403', 5],
    ['status 500', 5],
    ['status 429', 5],
    ['a redirect to another host', 5],
    ['an answer cut off', 5],
    ['nothing at all', 5],
  ] as const)('leaves nothing in place after %s', async (fault, expected) => {
    gateway.fault = FAULTS[fault];
    const { exitCode, stderr } = await run([cid, '-o', 'out', ...from()]);
    expect(exitCode).toBe(expected);
    expect(stderr).toContain(gateway.url);
    expect(isOut()).toBe(false);
  });

  test('goes on where it was broken off', async () => {
    let answered = 0;
    gateway.fault = (_, response) => ++answered > 4 && Boolean(response.writeHead(403).end());
    expect((await run([cid, '-o', 'out', ...from()])).exitCode).toBe(5);
    gateway.fault = () => false;
    const { exitCode } = await run([cid, '-o', 'out', ...from()]);
    expect(exitCode).toBe(0);
    expect(readdirSync(dir).filter((name) => name.startsWith('.stemma-fetch-'))).toEqual([]);
  });

  test('sends the secret to whom it is for, and tells it to nobody else', async () => {
    const env = { STEMMA_IPFS_TOKEN: 'tell-nobody' };
    const { exitCode, stdout, stderr } = await run([cid, '-o', 'out', '--kubo', gateway.url, '--debug'], env);
    expect(exitCode).toBe(0);
    expect(gateway.headers.at(-1)?.authorization).toBe('Bearer tell-nobody');
    expect(stdout + stderr).not.toContain('tell-nobody');
    const two = await run([cid, '-o', 'other', '--kubo', gateway.url, '--gateway', gateway.url], env);
    expect(two.exitCode).toBe(2);
  });

  test.each([
    [[ABSENT, '-o', 'out'], 2, 'there is no gateway and no node'],
    [['bafk', '-o', 'out', '--gateway', 'https://example.org'], 4, 'is not a CID'],
    [['ipfs://QmX/../etc', '-o', 'out', '--gateway', 'https://example.org'], 4, 'CID'],
    [['bafyaa', '-o', 'out', '--gateway', 'https://example.org'], 4, 'CID'],
    [[ABSENT, '-o', 'model', '--gateway', 'https://example.org'], 2, 'exists already'],
    [[ABSENT, '-o', 'out', '--gateway', 'http://example.org'], 2, 'plain http'],
    [[ABSENT, '-o', 'out', '--from-car', 'nothing.car'], 2, 'no such file'],
    [[ABSENT], 2, 'missing required flag output'],
  ])('refuses %j with exit code %i', async (args, expected, message) => {
    const { exitCode, stderr } = await run(args);
    expect(exitCode).toBe(expected);
    expect(stderr).toContain(message);
    expect(isOut()).toBe(false);
  });

  test('refuses what would be larger than --max-bytes', async () => {
    const { exitCode, stderr } = await run([cid, '-o', 'out', ...from(), '--max-bytes', '1KiB']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('at most 1024 are read');
  });
});
