import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runStemma } from '../support/cli.ts';
import { type FakeServer, fakeCluster, fakeKubo, fakeService, type Handler, json } from '../support/fake-servers.ts';
import { attest, temporaryModel } from './pin-support.ts';

const OTHER = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e';
const fakes: Partial<Record<'kubo' | 'cluster' | 'service', FakeServer>> = {};
const { model, remove } = temporaryModel();

beforeAll(async () => {
  await attest(model);
  fakes.kubo = await fakeKubo();
  fakes.cluster = await fakeCluster();
  fakes.service = await fakeService();
});

afterEach(() => {
  for (const fake of Object.values(fakes)) {
    fake.faults.clear();
    fake.pinned.clear();
    fake.blocks.clear();
    fake.asked.length = 0;
  }
});

afterAll(async () => {
  for (const fake of Object.values(fakes)) await fake.close();
  remove();
});

function fakeOf(kind: keyof typeof fakes): FakeServer {
  const fake = fakes[kind];
  if (fake === undefined) throw new Error('not started');
  return fake;
}

const pin = (kind: keyof typeof fakes, ...more: string[]) =>
  runStemma(['pin', model, '--to', `${kind}=${fakeOf(kind).url}`, '--yes', '--timeout', '2', ...more]);

const lines = (response: ServerResponse, ...values: object[]): void => {
  response.writeHead(200, { 'content-type': 'application/json', trailer: 'X-Stream-Error' });
  for (const value of values) response.write(`${JSON.stringify(value)}\n`);
};

const rootLine = (cid: string, problem = '') => ({ Root: { Cid: { '/': cid }, PinErrorMsg: problem } });

/** Sends for ever, as fast as it is taken. */
function flood(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(65_536)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

const IMPORT = 'POST /api/v0/dag/import';
const LIST = 'POST /api/v0/pin/ls';
const VERSION = 'POST /api/v0/version';
const STAT = 'POST /api/v0/dag/stat';
const BLOCK = 'POST /api/v0/block/get';

type Row = [string, keyof typeof fakes, string, Handler, number, RegExp];

const rows: Row[] = [
  [
    'an error in the trailer after a root',
    'kubo',
    IMPORT,
    (_, response) => {
      lines(response, rootLine(OTHER));
      response.addTrailers({ 'X-Stream-Error': 'no space left on device' });
      response.end();
    },
    5,
    /failed after it had begun to answer: no space left on device/,
  ],
  ['an endless answer to an import', 'kubo', IMPORT, (_, response) => flood(response), 5, /sent more than/],
  [
    'PinErrorMsg',
    'kubo',
    IMPORT,
    (_, response) => {
      lines(response, rootLine(OTHER, 'block was not found locally'));
      response.end();
    },
    5,
    /could not pin their root: block was not found/,
  ],
  ['no root', 'kubo', IMPORT, (_, response) => json(response, { Stats: { BlockCount: 3 } }), 1, /named no root/],
  [
    'two roots',
    'kubo',
    IMPORT,
    (_, response) => {
      lines(response, rootLine(OTHER), rootLine(OTHER));
      response.end();
    },
    5,
    /more than one root/,
  ],
  ['another root', 'kubo', IMPORT, (_, response) => json(response, rootLine(OTHER)), 1, /took another root/],
  ['an answer that is not JSON', 'kubo', IMPORT, (_, r) => void r.end('<html>hello</html>\n'), 5, /pin\.root/],
  [
    'an import cut off',
    'kubo',
    IMPORT,
    (_, response) => {
      response.write('{"Root":', () => response.destroy());
    },
    5,
    /cut off|answered what/,
  ],
  ['an import that never answers', 'kubo', IMPORT, () => undefined, 5, /within 2 seconds/],
  [
    'an import whose answer trickles',
    'kubo',
    IMPORT,
    (_, response) => {
      const timer = setInterval(() => response.write(' '), 200);
      response.on('close', () => clearInterval(timer));
    },
    5,
    /within 4 seconds/,
  ],
  [
    '403 in plain text',
    'kubo',
    VERSION,
    (_, r) => void r.writeHead(403).end('403 - Forbidden'),
    5,
    /STEMMA_IPFS_TOKEN/,
  ],
  ['401', 'kubo', VERSION, (_, r) => json(r, { Message: 'who are you' }, 401), 5, /answered 401: who are you/],
  ['404, no Kubo at all', 'kubo', VERSION, (_, r) => void r.writeHead(404).end('<html>'), 5, /answered 404/],
  [
    'a page instead of an API',
    'kubo',
    VERSION,
    (_, r) => void r.end('<!doctype html>'),
    5,
    /answered what such a server/,
  ],
  ['500 with a message', 'kubo', LIST, (_, r) => json(r, { Message: 'disk I/O error' }, 500), 5, /disk I\/O error/],
  ['an endless answer', 'kubo', LIST, (_, response) => flood(response), 5, /sent more than/],
  [
    'an answer that trickles',
    'kubo',
    LIST,
    (_, response) => {
      const timer = setInterval(() => response.write(' '), 200);
      response.on('close', () => clearInterval(timer));
    },
    5,
    /did not answer within/,
  ],
  ['a redirect', 'kubo', LIST, (_, r) => void r.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(), 5, /307/],
  [
    'a pin that it does not list',
    'kubo',
    LIST,
    (_, response) => json(response, { Message: "path 'x' is not pinned" }, 500),
    1,
    /said that it was done, and does not list the pin/,
  ],
  [
    'another pin than the one that was asked for',
    'kubo',
    LIST,
    (_, response) => json(response, { Keys: { [OTHER]: { Type: 'recursive' } } }),
    1,
    /does not list the pin/,
  ],
  [
    'a pin of the root block alone',
    'kubo',
    LIST,
    (_, response, __, query) => json(response, { Keys: { [query.get('arg') ?? '']: { Type: 'direct' } } }),
    1,
    /does not list the pin/,
  ],
  [
    'fewer blocks than were sent',
    'kubo',
    STAT,
    (_, response) => json(response, { DagStats: [{ NumBlocks: 1, Size: 10 }] }),
    1,
    /it counts 1 blocks with 10 bytes/,
  ],
  ['statistics of nothing', 'kubo', STAT, (_, response) => json(response, {}), 5, /no statistics/],
  [
    'blocks that are missing under a pin',
    'kubo',
    BLOCK,
    (_, response) => json(response, { Message: 'block was not found locally (offline)' }, 500),
    1,
    /does not hold block/,
  ],
  ['blocks with other bytes', 'kubo', BLOCK, (_, r) => void r.end('other bytes'), 1, /are not those of its CID/],
  ['blocks without an end', 'kubo', BLOCK, (_, response) => flood(response), 5, /sent more than/],
  [
    'an error in the trailer after a block',
    'kubo',
    BLOCK,
    (_, response) => {
      response.writeHead(200, { trailer: 'X-Stream-Error' });
      response.addTrailers({ 'X-Stream-Error': 'read error' });
      response.end();
    },
    5,
    /failed after it had begun to answer: read error/,
  ],
  ['a cluster that took another root', 'cluster', 'POST /add', (_, r) => json(r, [{ cid: OTHER }]), 1, /another root/],
  [
    'a cluster that took two roots',
    'cluster',
    'POST /add',
    (_, r) => json(r, [{ cid: 'a' }, { cid: 'b' }]),
    5,
    /2 roots/,
  ],
  ['a cluster that took nothing', 'cluster', 'POST /add', (_, r) => json(r, []), 5, /0 roots/],
  [
    'a cluster without room',
    'cluster',
    'POST /add',
    (_, r) => json(r, { message: 'not enough peers' }, 500),
    5,
    /not enough peers/,
  ],
  [
    'a cluster that failed after it had begun',
    'cluster',
    'POST /add',
    (_, response) => {
      response.writeHead(200, { trailer: 'X-Stream-Error' });
      response.write('[]');
      response.addTrailers({ 'X-Stream-Error': 'write failed' });
      response.end();
    },
    5,
    /write failed/,
  ],
  [
    'a cluster that forgot',
    'cluster',
    'GET /pins/*',
    (_, r) => json(r, { message: 'unknown' }, 404),
    1,
    /does not list the pin/,
  ],
  [
    'a cluster that answers for another CID',
    'cluster',
    'GET /pins/*',
    (_, response) => json(response, { cid: OTHER, peer_map: {} }),
    5,
    /another CID/,
  ],
  [
    'peers that fail',
    'cluster',
    'GET /pins/*',
    (request, response) =>
      json(response, {
        cid: request.url?.slice('/pins/'.length),
        peer_map: { a: { status: 'pin_error', error: 'out of \u001b[2Jspace' } },
      }),
    3,
    /pin_error: out of .*space/,
  ],
  [
    'a peer without a status',
    'cluster',
    'GET /pins/*',
    (request, response) => json(response, { cid: request.url?.slice('/pins/'.length), peer_map: { a: 1 } }),
    5,
    /without a status/,
  ],
  [
    'a service that pins another CID',
    'service',
    'POST /pins',
    (_, response) => json(response, { requestid: 'r', status: 'queued', pin: { cid: OTHER } }, 202),
    1,
    /took another root/,
  ],
  [
    'a service that wants money',
    'service',
    'POST /pins',
    (_, response) => json(response, { error: { reason: 'INSUFFICIENT_FUNDS', details: 'pay first' } }, 409),
    5,
    /answered 409: INSUFFICIENT_FUNDS: pay first/,
  ],
  [
    'a service that accepts and forgets',
    'service',
    'POST /pins',
    (_, response, body) => json(response, { requestid: 'r', status: 'pinned', pin: JSON.parse(body.toString()) }, 202),
    1,
    /does not list the pin/,
  ],
  [
    'a service that cannot find the blocks',
    'service',
    'GET /pins',
    (_, response, __, query) =>
      json(response, {
        results: [
          {
            requestid: 'r',
            status: 'failed',
            pin: { cid: query.get('cid') },
            info: { status_details: 'no providers' },
          },
        ],
      }),
    3,
    /failed: no providers/,
  ],
  ['a list without results', 'service', 'GET /pins', (_, r) => json(r, { count: 1 }), 5, /without results/],
  [
    'a status of its own',
    'service',
    'GET /pins',
    (_, response, __, query) =>
      json(response, { results: [{ requestid: 'r', status: 'perhaps', pin: { cid: query.get('cid') } }] }),
    5,
    /without a status/,
  ],
  ['duplicate members', 'service', 'GET /pins', (_, r) => void r.end('{"results":[],"results":[]}'), 5, /strict JSON/],
];

describe('a pin is not believed', () => {
  test.each(rows)('%s', async (_, kind, place, fault, exitCode, expected) => {
    const fake = fakeOf(kind);
    fake.faults.set(place, fault);
    // The consent needs no answer, so the fault is met where the pin itself asks.
    const result = await pin(kind);

    expect(result.stdout + result.stderr).toMatch(expected);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout + result.stderr).not.toContain('\u001b[');
  });
});

describe('what passes by itself', () => {
  test('429 with Retry-After and a 503 are asked again, and so is a connection that was cut off', async () => {
    const fake = fakeOf('kubo');
    const answers: Handler[] = [
      (_, response) => response.writeHead(429, { 'retry-after': '1' }).end(),
      (_, response) => response.writeHead(503).end('busy'),
      (_, response) => response.destroy(),
    ];
    fake.faults.set(VERSION, (request, response, body, query) => {
      const next = answers.shift();
      if (next === undefined) fake.faults.delete(VERSION);
      (next ?? ((_, r) => json(r, { Version: '0.43.0' })))(request, response, body, query);
    });

    const { exitCode } = await pin('kubo');

    expect(exitCode).toBe(0);
    expect(fake.asked.filter((key) => key === VERSION)).toHaveLength(4);
  });

  test('a server that asks for an hour is not waited for', async () => {
    fakeOf('kubo').faults.set(VERSION, (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end());

    const { exitCode, stdout } = await pin('kubo');

    expect(exitCode).toBe(5);
    expect(stdout).toContain('answered 429');
    expect(fakeOf('kubo').asked.filter((key) => key === VERSION)).toHaveLength(1);
  });

  test('an import that breaks off once is made again', async () => {
    const fake = fakeOf('kubo');
    fake.faults.set(IMPORT, (request) => {
      fake.faults.delete(IMPORT);
      request.socket.destroy();
    });

    expect((await pin('kubo')).exitCode).toBe(0);
    expect(fake.asked.filter((key) => key === IMPORT)).toHaveLength(2);
  });

  test('peers that are slow are waited for', async () => {
    const fake = fakeOf('cluster');
    setTimeout(() => {
      for (const cid of fake.pinned.keys()) fake.pinned.set(cid, 'pinned,pinned,pinned');
    }, 1500);
    fake.faults.set('POST /add', (_, response) => json(response, [{ cid: expectedCid }]));
    const expectedCid = JSON.parse((await runStemma(['pin', model, '--dry-run', '--json'])).stdout).result.cid;
    fake.pinned.set(expectedCid, 'pinning,pinned,pin_queued');

    const { exitCode, stdout } = await pin('cluster', '--replicas', '3');

    expect(stdout).toContain('held by 3 of 3 needed');
    expect(exitCode).toBe(0);
  });
});
