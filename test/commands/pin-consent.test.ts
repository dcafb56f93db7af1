import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runStemma } from '../support/cli.ts';
import { type FakeServer, fakeKubo, json } from '../support/fake-servers.ts';
import { attest, temporaryModel } from './pin-support.ts';

const IMPORT = 'POST /api/v0/dag/import';
const LIST = 'POST /api/v0/pin/ls';
const STAT = 'POST /api/v0/dag/stat';
const { model, remove } = temporaryModel();
let fake: FakeServer;

afterEach(() => {
  fake.faults.clear();
  fake.pinned.clear();
  fake.asked.length = 0;
});

afterAll(async () => {
  await fake.close();
  remove();
});

describe('without a yes, nothing is sent to a node that', () => {
  const silently = () => runStemma(['pin', model, '--to', `kubo=${fake.url}`, '--json', '--timeout', '2']);
  let dag: { cid: string; blocks: number; bytes: number };

  beforeAll(async () => {
    await attest(model);
    fake = await fakeKubo();
    dag = JSON.parse((await runStemma(['pin', model, '--dry-run', '--json'])).stdout).result;
  });

  const stat = (response: ServerResponse, blocks: number) =>
    json(response, { DagStats: [{ NumBlocks: blocks, Size: dag.bytes }] });

  test('lists nothing yet', async () => {
    expect((await silently()).exitCode).toBe(2);
    expect(fake.asked).not.toContain(IMPORT);
  });

  test('lists the pin and counts fewer blocks', async () => {
    fake.pinned.set(dag.cid, '');
    fake.faults.set(STAT, (_, response) => stat(response, dag.blocks - 1));

    expect((await silently()).exitCode).toBe(2);
    expect(fake.asked).not.toContain(IMPORT);
  });

  test.each([1, 2])('counts as many blocks as there are %i times, and fewer from then on', async (honest) => {
    let asked = 0;
    fake.pinned.set(dag.cid, '');
    fake.faults.set(STAT, (_, response) => stat(response, asked++ < honest ? dag.blocks : dag.blocks - 1));

    const { exitCode } = await silently();

    expect(exitCode).not.toBe(0);
    expect(asked).toBeGreaterThan(0);
    expect(fake.asked).not.toContain(IMPORT);
  });

  test('fails when it is asked what it holds', async () => {
    fake.faults.set(LIST, (_, response) => json(response, { Message: 'disk I/O error' }, 500));

    expect((await silently()).exitCode).toBe(5);
    expect(fake.asked).not.toContain(IMPORT);
  });
});
