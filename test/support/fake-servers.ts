import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CarReader } from '@ipld/car';
import { decode } from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';

/** Answers one request. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  query: URLSearchParams,
) => void;

/** A server on loopback that behaves like the real one, but where a test says otherwise. */
export interface FakeServer {
  readonly url: string;
  /** Instead of the usual answer, by `METHOD /path`, where `*` ends a prefix; taken out again by deleting it. */
  readonly faults: Map<string, Handler>;
  /** `METHOD /path` of every request so far. */
  readonly asked: string[];
  /** The last `Authorization`. */
  authorization: string | undefined;
  readonly blocks: Map<string, Uint8Array>;
  readonly pinned: Map<string, string>;
  close(): Promise<void>;
}

export const json = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};

async function serve(handlers: (fake: FakeServer) => Record<string, Handler>): Promise<FakeServer> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: new Map(),
    asked: [],
    authorization: undefined,
    blocks: new Map(),
    pinned: new Map(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const usual = new Map(Object.entries(handlers(fake)));
  const find = (table: Map<string, Handler>, key: string): Handler | undefined =>
    table.get(key) ?? [...table].find(([name]) => name.endsWith('*') && key.startsWith(name.slice(0, -1)))?.[1];
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', fake.url);
    const key = `${request.method} ${url.pathname}`;
    fake.asked.push(key);
    fake.authorization = request.headers.authorization;
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const handler =
        find(fake.faults, key) ?? find(usual, key) ?? ((_, r) => void r.writeHead(404).end('no such path'));
      handler(request, response, Buffer.concat(chunks), url.searchParams);
    });
  });
  return fake;
}

/** The one file of a multipart form. */
function fileOf(request: IncomingMessage, body: Buffer): Buffer {
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  return body.subarray(body.indexOf('\r\n\r\n') + 4, body.indexOf(`\r\n--${boundary}`));
}

async function take(fake: FakeServer, car: Buffer): Promise<string> {
  const reader = await CarReader.fromBytes(car);
  for await (const { cid, bytes } of reader.blocks()) fake.blocks.set(cid.toString(), bytes);
  return String((await reader.getRoots())[0]);
}

/** What is not a CAR is an error of the server, as with the real ones. */
function taking(taken: Promise<string>, response: ServerResponse, then: (root: string) => void): void {
  taken.then(then).catch((error: unknown) => json(response, { Message: String(error) }, 500));
}

/** CIDs at and below a root; throws where one is not there. */
function below(fake: FakeServer, root: string): string[] {
  const found = new Set<string>();
  const visit = (cid: string): void => {
    if (found.has(cid)) return;
    const bytes = fake.blocks.get(cid);
    if (bytes === undefined) throw new Error(`block was not found locally (offline): ipld: could not find ${cid}`);
    found.add(cid);
    if (CID.parse(cid).code === 0x70) for (const { Hash } of decode(bytes).Links) visit(Hash.toString());
  };
  visit(root);
  return [...found];
}

export const KUBO_PEER = '12D3KooWFakePeerOfTheTests';

/** Kubo's RPC, as far as it is used. */
export function fakeKubo(): Promise<FakeServer> {
  const fails = (response: ServerResponse, message: string) =>
    json(response, { Message: message, Code: 0, Type: 'error' }, 500);
  return serve((fake) => ({
    'POST /api/v0/version': (_, response) => json(response, { Version: '0.43.0' }),
    'POST /api/v0/id': (_, response) => json(response, { ID: KUBO_PEER }),
    'POST /api/v0/dag/import': (request, response, body) => {
      taking(take(fake, fileOf(request, body)), response, (root) => {
        fake.pinned.set(root, '');
        json(response, { Root: { Cid: { '/': root }, PinErrorMsg: '' } });
      });
    },
    'POST /api/v0/pin/add': (_, response, __, query) => {
      fake.pinned.set(query.get('arg') ?? '', query.get('name') ?? '');
      json(response, { Pins: [query.get('arg')] });
    },
    'POST /api/v0/pin/rm': (_, response, __, query) => {
      fake.pinned.delete(query.get('arg') ?? '');
      json(response, { Pins: [query.get('arg')] });
    },
    'POST /api/v0/pin/ls': (_, response, __, query) => {
      const cid = query.get('arg') ?? '';
      if (!fake.pinned.has(cid)) return fails(response, `path '${cid}' is not pinned`);
      return json(response, { Keys: { [cid]: { Type: 'recursive', Name: '' } } });
    },
    'POST /api/v0/dag/stat': (_, response, __, query) => {
      try {
        const cids = below(fake, query.get('arg') ?? '');
        const bytes = cids.reduce((sum, cid) => sum + (fake.blocks.get(cid)?.length ?? 0), 0);
        json(response, { DagStats: [{ Cid: {}, Size: bytes, NumBlocks: cids.length }] });
      } catch (error) {
        fails(response, String(error));
      }
    },
    'POST /api/v0/block/get': (_, response, __, query) => {
      const bytes = fake.blocks.get(query.get('arg') ?? '');
      if (bytes === undefined) fails(response, 'block was not found locally (offline): ipld: could not find');
      else response.end(bytes);
    },
  }));
}

/** The REST API of a cluster of so many peers; `fake.pinned` maps a CID to the states of its peers, joined by commas. */
export function fakeCluster(peers = 3): Promise<FakeServer> {
  return serve((fake) => ({
    'POST /add': (request, response, body, query) => {
      taking(take(fake, fileOf(request, body)), response, (root) => {
        const replicas = Number(query.get('replication-max') ?? peers);
        fake.pinned.set(root, Array.from({ length: peers }, (_, i) => (i < replicas ? 'pinned' : 'remote')).join(','));
        json(response, [{ name: 'dag.car', cid: root, size: 1 }]);
      });
    },
    'GET /pins/*': (request, response) => {
      const cid = request.url?.slice('/pins/'.length) ?? '';
      const states = fake.pinned.get(cid)?.split(',');
      if (states === undefined) return json(response, { code: 404, message: 'not part of the pinset' }, 404);
      const map = states.map((status, i) => [`peer-${i}`, { ipfs_peer_id: `ipfs-${i}`, status, error: '' }]);
      return json(response, { cid, name: '', peer_map: Object.fromEntries(map) });
    },
    'DELETE /pins/*': (request, response) => {
      const cid = request.url?.slice('/pins/'.length) ?? '';
      json(response, { cid }, fake.pinned.delete(cid) ? 200 : 404);
    },
  }));
}

/** A pinning service that has every block at once; `fake.pinned` maps a CID to the status of its one request. */
export function fakeService(): Promise<FakeServer> {
  const statusOf = (fake: FakeServer, cid: string) => ({
    requestid: `r-${cid}`,
    status: fake.pinned.get(cid),
    created: '2026-11-24T00:00:00Z',
    pin: { cid },
    delegates: [],
  });
  return serve((fake) => ({
    'GET /pins': (_, response, __, query) => {
      const cid = query.get('cid') ?? '';
      const results = fake.pinned.has(cid) ? [statusOf(fake, cid)] : [];
      json(response, { count: results.length, results });
    },
    'POST /pins': (_, response, body) => {
      const { cid }: { cid: string } = JSON.parse(body.toString());
      fake.pinned.set(cid, 'pinned');
      json(response, statusOf(fake, cid), 202);
    },
    'DELETE /pins/*': (request, response) => {
      fake.pinned.delete(request.url?.slice('/pins/r-'.length) ?? '');
      response.writeHead(202).end();
    },
  }));
}
