import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CarReader } from '@ipld/car';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Block } from '../../src/core/ipfs/index.ts';
import { carOf } from '../core/ipfs/car/support.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { type FakeServer, fakeCluster, fakeKubo, fakeService, json, KUBO_PEER } from '../support/fake-servers.ts';
import { attest, checksOf, KEY, TOKEN, temporaryModel } from './pin-support.ts';

let kubo: FakeServer;
let cluster: FakeServer;
let service: FakeServer;
let place: ReturnType<typeof temporaryModel>;
const NOBODY = 'kubo=http://127.0.0.1:1';

beforeAll(async () => {
  [kubo, cluster, service] = [await fakeKubo(), await fakeCluster(), await fakeService()];
});

afterAll(async () => {
  for (const fake of [kubo, cluster, service]) await fake.close();
});

beforeEach(() => {
  place = temporaryModel();
});

afterEach(() => {
  for (const fake of [kubo, cluster, service]) {
    fake.faults.clear();
    fake.pinned.clear();
    fake.blocks.clear();
    fake.asked.length = 0;
  }
  place.remove();
});

const stemma = (args: readonly string[], env: Record<string, string> = {}) =>
  runStemma(args, { cwd: place.folder, env });
const result = (stdout: string) => onlyDocument(stdout).result as Record<string, unknown>;

describe('stemma pin', () => {
  beforeEach(() => attest(place.model));

  test('pins the evidence and no weights, and checks what the node has', async () => {
    const done = await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--yes', '--json']);

    expect(done.exitCode).toBe(0);
    expect(result(done.stdout)).toMatchObject({ what: 'evidence', result: 'pass', held: 1, required: 1 });
    expect(checksOf(done)).toEqual({
      'kubo pin.root': 'pass',
      'kubo pin.listed': 'pass',
      'kubo pin.size': 'pass',
      'kubo pin.content': 'pass',
    });
    const sent = [...kubo.blocks.values()].map((bytes) => Buffer.from(bytes));
    const weights = readFileSync(path.join(place.model, 'model.safetensors'));
    const attestations = readFileSync(path.join(place.model, 'model.attestations.jsonl'));
    expect(sent.some((block) => block.equals(attestations))).toBe(true);
    expect(sent.some((block) => block.equals(weights))).toBe(false);
  });

  test('pins weights and evidence when asked to, and says before what that costs', async () => {
    const done = await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--yes', '--with-weights']);

    expect(done.exitCode).toBe(0);
    expect(done.stderr).toMatch(/weights and evidence: \d+ KiB in 7 blocks/);
    const weights = readFileSync(path.join(place.model, 'model.safetensors'));
    expect([...kubo.blocks.values()].some((bytes) => Buffer.from(bytes).equals(weights))).toBe(true);
  });

  test('lists what becomes public before the first pin and not again', async () => {
    const args = ['pin', 'model', '--to', `kubo=${kubo.url}`];
    const first = await stemma([...args, '--yes']);
    const second = await stemma(args);

    expect(first.stderr).toContain('externalParameters.parameters.customer = ACME');
    expect(first.stderr).toContain(`externalParameters.parameters.wandb = ${TOKEN}`);
    expect(first.stderr).toContain('model.safetensors');
    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
    expect(second.stdout).toContain('it was there already: nothing was sent');
    expect(kubo.asked.filter((key) => key.endsWith('dag/import'))).toHaveLength(1);
  });

  test('sends nothing where nobody can be asked and nobody agreed', async () => {
    const done = await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`], { STEMMA_YES: '1' });

    expect(done.exitCode).toBe(2);
    expect(done.stderr).toContain('--yes');
    expect(kubo.asked.every((key) => !/import|add/.test(key))).toBe(true);
  });

  test('a file of the model cannot end the form in which it is sent', async () => {
    const release = ['pin', 'model', '--to', `kubo=${kubo.url}`, '--with-weights', '--yes', '--json'];
    let boundary = '';
    kubo.faults.set('POST /api/v0/dag/import', ({ headers }, response) => {
      boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? '';
      json(response, { Message: 'no' }, 500);
    });
    expect((await stemma(release)).exitCode).toBe(5);
    expect(boundary).not.toBe('');
    kubo.faults.clear();
    writeFileSync(path.join(place.model, 'notes.txt'), `x\r\n--${boundary}--\r\n`);

    expect((await stemma(release)).exitCode).toBe(0);
  });

  test('a node that lists the pin and lacks blocks is sent nothing before somebody agreed', async () => {
    kubo.faults.set('POST /api/v0/pin/ls', (_, response, __, query) =>
      json(response, { Keys: { [query.get('arg') ?? '']: { Type: 'recursive' } } }),
    );
    kubo.faults.set('POST /api/v0/dag/stat', (_, response) =>
      json(response, { DagStats: [{ NumBlocks: 1, Size: 1 }] }),
    );

    const done = await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`]);

    expect(done).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nobody is there to be asked') });
    expect(kubo.asked).not.toContain('POST /api/v0/dag/import');
  });

  test('--dry-run tells all of it and asks no server', async () => {
    const done = await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--dry-run', '--json']);

    expect(done.exitCode).toBe(0);
    expect(result(done.stdout)).toMatchObject({ what: 'evidence', disclosure: { statements: 3, manifest: true } });
    expect(JSON.stringify(result(done.stdout))).toContain('ACME');
    // Digests are no secrets: were they listed, nobody would find what is one.
    expect(JSON.stringify(result(done.stdout)['disclosure'])).not.toMatch(/[0-9a-f]{64}/);
    expect(kubo.asked).toEqual([]);
  });

  test('a CAR needs no consent, is the DAG that was named, and is not written over another', async () => {
    const car = path.join(place.folder, 'evidence.car');
    const done = await stemma(['pin', 'model', '--to', `car=${car}`, '--json']);
    const bytes = readFileSync(car);
    const again = await stemma(['pin', 'model', '--to', `car=${car}`]);
    const status = await stemma(['pin', 'status', 'model', '--to', `car=${car}`]);
    const weights = await stemma(['pin', 'model', '--to', `car=${car}`, '--with-weights']);

    expect(done.exitCode).toBe(0);
    expect(again.exitCode).toBe(0);
    expect(status.exitCode).toBe(0);
    expect(readFileSync(car).equals(bytes)).toBe(true);
    expect(weights).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('holds another DAG') });
    expect(done.stdout).not.toContain(place.folder);
  });

  test('a CAR of many blocks that lacks one is no pin', async () => {
    for (let i = 0; i < 300; i++) writeFileSync(path.join(place.model, `${i}.txt`), `${i}`);
    const car = path.join(place.folder, 'release.car');
    const of = [`car=${car}`, '--with-weights', '--json'];
    expect((await stemma(['pin', 'model', '--to', ...of])).exitCode).toBe(0);
    const reader = await CarReader.fromBytes(readFileSync(car));
    const blocks: Block[] = [];
    for await (const { cid, bytes } of reader.blocks()) blocks.push({ cid, bytes });
    const leaf = blocks.findLastIndex(({ cid }) => cid.code === 0x55);
    writeFileSync(car, carOf(blocks.toSpliced(leaf, 1)));

    const status = await stemma(['pin', 'status', 'model', '--to', ...of]);
    expect(status.exitCode).toBe(1);
    expect(checksOf(status)).toMatchObject({ 'car pin.listed': 'pass', 'car pin.content': 'fail' });
    expect(status.stdout).toContain(`does not hold block ${blocks[leaf]?.cid.toString()}`);
  });

  test('a CAR whose bytes were changed is found', async () => {
    const car = path.join(place.folder, 'evidence.car');
    await stemma(['pin', 'model', '--to', `car=${car}`]);
    const bytes = readFileSync(car);
    bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1;
    writeFileSync(car, bytes);

    const status = await stemma(['pin', 'status', 'model', '--to', `car=${car}`]);

    expect(status.exitCode).toBe(1);
    expect(status.stdout).toContain('CONTRADICTED');
  });

  test.each(['model/evidence.car', 'model', 'model.attestations.jsonl'])('no CAR is written to %s', async (file) => {
    const done = await stemma(['pin', 'model', '--to', `car=${file}`]);

    expect(done).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('written into the model') });
  });

  test('a cluster keeps it on so many peers, and fewer are exit code 3', async () => {
    const args = ['pin', 'model', '--to', `cluster=${cluster.url}`, '--yes', '--replicas', '2', '--json'];
    const done = await stemma(args);
    const [cid] = cluster.pinned.keys();
    cluster.pinned.set(cid ?? '', 'pinned,cluster_error,remote');
    const status = await stemma(['pin', 'status', 'model', '--to', `cluster=${cluster.url}`, '--require', '2']);

    expect(done.exitCode).toBe(0);
    expect(result(done.stdout)).toMatchObject({ held: 2, required: 2 });
    expect(checksOf(done)).toMatchObject({ 'cluster pin.content': 'skip' });
    expect(status).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('held by 1 of 2 needed') });
  });

  test('several targets have to take it, and one that fails leaves the others alone', async () => {
    const args = ['pin', 'model', '--to', NOBODY, '--to', `service=${service.url}`, '--yes', '--json'];
    const done = await stemma(args);

    expect(done.exitCode).toBe(5);
    expect(checksOf(done)).toMatchObject({ 'kubo pin.root': 'error', 'service pin.listed': 'pass' });
    expect(service.pinned.size).toBe(1);
  });

  test('one peer that is reached in two ways counts once', async () => {
    await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--yes']);
    cluster.faults.set('GET /pins/*', (request, response) =>
      json(response, {
        cid: request.url?.slice('/pins/'.length),
        peer_map: { a: { status: 'pinned', ipfs_peer_id: KUBO_PEER } },
      }),
    );
    const to = ['--to', `kubo=${kubo.url}`, '--to', `cluster=${cluster.url}`];
    const status = await stemma(['pin', 'status', 'model', ...to, '--require', '2', '--json']);

    expect(status.exitCode).toBe(3);
    expect(result(status.stdout)).toMatchObject({ held: 1 });
  });

  test('status and rm take a CID as well', async () => {
    await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--yes']);
    const [cid = ''] = kubo.pinned.keys();
    const to = ['--to', `kubo=${kubo.url}`];

    expect((await stemma(['pin', 'status', `ipfs://${cid}`, ...to])).exitCode).toBe(0);
    expect((await stemma(['pin', 'rm', cid, ...to])).stdout).toContain('unpinned');
    expect((await stemma(['pin', 'rm', cid, ...to])).stdout).toContain('was not pinned');
    expect((await stemma(['pin', 'status', cid, ...to])).exitCode).toBe(3);
  });

  test('status finds a block that was lost under a pin', async () => {
    await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--yes']);
    for (const cid of [...kubo.blocks.keys()].slice(1)) kubo.blocks.delete(cid);

    const status = await stemma(['pin', 'status', 'model', '--to', `kubo=${kubo.url}`, '--json']);

    expect(status.exitCode).toBe(1);
    expect(checksOf(status)).toMatchObject({ 'kubo pin.listed': 'pass', 'kubo pin.size': 'fail' });
  });

  test('status is not decided where nobody answers, unless enough others hold it', async () => {
    await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--yes']);
    const alone = await stemma(['pin', 'status', 'model', '--to', NOBODY]);
    const both = await stemma(['pin', 'status', 'model', '--to', NOBODY, '--to', `kubo=${kubo.url}`]);
    const two = await stemma(['pin', 'status', 'model', '--to', NOBODY, '--to', `kubo=${kubo.url}`, '--require', '2']);

    expect(alone.exitCode).toBe(5);
    expect(both.exitCode).toBe(0);
    expect(two.exitCode).toBe(5);
  });

  test('the status of a model that was changed afterwards is that of another CID', async () => {
    await stemma(['pin', 'model', '--to', `kubo=${kubo.url}`, '--yes']);
    const file = path.join(place.model, 'model.attestations.jsonl');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n`);

    expect((await stemma(['pin', 'status', 'model', '--to', `kubo=${kubo.url}`])).exitCode).toBe(3);
  });
});

describe('a secret', () => {
  beforeEach(() => attest(place.model));

  test.each<[Record<string, string>, string[], string]>([
    [{ STEMMA_IPFS_TOKEN: 'hunter2' }, [], 'Bearer hunter2'],
    [{ STEMMA_IPFS_TOKEN: 'Basic aHVudGVyMg==' }, [], 'Basic aHVudGVyMg=='],
    [{ MINE: 'hunter2', STEMMA_IPFS_TOKEN: 'other' }, ['--auth-env', 'MINE'], 'Bearer hunter2'],
    [{ MINE: 'hunter2' }, ['--auth-env', 'kubo=MINE'], 'Bearer hunter2'],
  ])('comes from a variable and is shown nowhere: %o', async (env, flags, expected) => {
    const args = ['pin', 'model', '--to', `kubo=${kubo.url}`, '--yes', '--json', '--debug', ...flags];
    const done = await stemma(args, env);

    expect(done.exitCode).toBe(0);
    expect(kubo.authorization).toBe(expected);
    expect(done.stdout + done.stderr).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['in an address', ['--to', 'kubo=https://me:hunter2@node.example'], {}, /user name or password/],
    ['in an address without a name', ['--to', 'kubo=https://hunter2@node.example'], {}, /user name or password/],
    ['in an address alone', ['--to', 'https://node.example/?token=hunter2'], {}, /expected kubo, kubo=URL/],
    [
      'for one of several servers',
      ['--to', 'kubo', '--to', NOBODY],
      { STEMMA_IPFS_TOKEN: 'hunter2' },
      /say whose it is/,
    ],
    ['that is not set', ['--to', 'kubo', '--auth-env', 'MINE'], {}, /"MINE".* is not set/],
    ['that no header carries', ['--to', 'kubo'], { STEMMA_IPFS_TOKEN: 'hunter2\r\nX: y' }, /no header can carry/],
    ['for a server that is not asked', ['--to', 'kubo', '--auth-env', 'cluster=M'], { M: 'hunter2' }, /no such server/],
  ])('%s is refused and not repeated', async (_, flags, env, expected) => {
    const done = await stemma(['pin', 'model', '--yes', ...flags], env);

    expect(done.exitCode).toBe(2);
    expect(done.stderr).toMatch(expected);
    expect(done.stdout + done.stderr).not.toContain('hunter2');
  });
});

describe('stemma pin refuses', () => {
  test.each<[string, string[], number, RegExp]>([
    ['no target', [], 2, /expected --to TARGET/],
    ['an unknown target', ['--to', 's3=bucket'], 2, /expected kubo, kubo=URL/],
    ['a cluster without an address', ['--to', 'cluster'], 2, /expected cluster=URL/],
    ['plain http to another machine', ['--to', 'kubo=http://192.168.0.9:5001'], 2, /plain http/],
    ['one target twice', ['--to', 'kubo', '--to', 'kubo'], 2, /different targets/],
    ['a model that was never attested', ['--to', 'kubo', '--yes'], 3, /nothing was attested yet/],
  ])('%s', async (_, flags, exitCode, expected) => {
    const done = await stemma(['pin', 'model', ...flags]);

    expect(done.stderr).toMatch(expected);
    expect(done.exitCode).toBe(exitCode);
  });

  test('names and unpinning without the client of Kubo, with what to do', async () => {
    await attest(place.model);
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name === 'kubo-rpc-client') throw Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' });
        return next(name, context);
      } });`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
    const to = ['--to', `kubo=${kubo.url}`];
    const named = await stemma(['pin', 'model', ...to, '--yes', '--name', 'x'], env);
    const sent = kubo.asked.filter((key) => key.endsWith('dag/import')).length;
    const plain = await stemma(['pin', 'model', ...to, '--yes'], env);
    const removed = await stemma(['pin', 'rm', 'model', ...to], env);

    expect(named).toMatchObject({ exitCode: 5, stdout: expect.stringContaining('npm install kubo-rpc-client') });
    expect(sent).toBe(0);
    expect(plain.exitCode).toBe(0);
    expect(removed).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('npm install kubo-rpc-client') });
  });
});

describe('stemma attest --pin', () => {
  const args = () => ['attest', 'model', '--key', KEY, '--no-source'];

  test('pins the evidence once it is on disk', async () => {
    const done = await stemma([...args(), '--pin', `kubo=${kubo.url}`, '--yes', '--json']);
    const status = await stemma(['pin', 'status', 'model', '--to', `kubo=${kubo.url}`]);

    expect(done.exitCode).toBe(0);
    expect(result(done.stdout)).toMatchObject({
      written: expect.arrayContaining(['model.sig']),
      pin: { result: 'pass' },
    });
    expect(status.exitCode).toBe(0);
  });

  test('leaves the attestation where the pin fails, and says how to go on', async () => {
    const done = await stemma([...args(), '--pin', NOBODY, '--yes']);

    expect(done.exitCode).toBe(5);
    expect(done.stderr).toContain('the attestation is on disk');
    expect(statSync(path.join(place.model, 'model.attestations.jsonl')).size).toBeGreaterThan(0);
    rmSync(path.join(place.model, 'model.sig'));
    expect((await stemma(args())).exitCode).toBe(0);
  });

  test.each([
    [['--pin', 'kubo'], /nobody is there to be asked/],
    [['--pin', 'nowhere', '--yes'], /expected kubo/],
    [['--pin', 'kubo', '--yes', '--output-dir', 'out'], /output-dir/],
  ])('%j is refused before anything is attested', async (flags, expected) => {
    const done = await stemma([...args(), ...flags]);

    expect(done.exitCode).toBe(2);
    expect(done.stderr).toMatch(expected);
    expect(existsSync(path.join(place.model, 'model.attestations.jsonl'))).toBe(false);
  });
});
