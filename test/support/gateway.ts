import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers a request for the CID in its own way; false leaves it to the honest answer. */
export type Fault = (cid: string, response: ServerResponse, request: IncomingMessage) => boolean;

export interface TestGateway {
  readonly url: string;
  /** CIDs as they were asked for. */
  readonly asked: string[];
  /** The headers of each request. */
  readonly headers: IncomingMessage['headers'][];
  fault: Fault;
  close(): void;
}

/** What holds blocks by the text of their CIDs. */
export type HeldBlocks = (cid: string) => Uint8Array | undefined;

/**
 * A trustless gateway on loopback, and the `block/get` of a node's RPC, for what a healthy one does not do on demand; it stands
 * beside the tests against a real Kubo, not for them.
 */
export async function startGateway(held: HeldBlocks, fault: Fault = () => false): Promise<TestGateway> {
  const asked: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const gateway = { asked, headers, fault };
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://gateway');
    const isRpc = request.method === 'POST' && url.pathname === '/api/v0/block/get';
    const isGateway = request.method === 'GET' && url.searchParams.get('format') === 'raw';
    const cid = isRpc ? url.searchParams.get('arg') : isGateway ? url.pathname.replace(/^\/ipfs\//, '') : undefined;
    if (cid === undefined || cid === null) {
      response.writeHead(400).end('not a request for a block');
      return;
    }
    asked.push(cid);
    headers.push(request.headers);
    if (gateway.fault(cid, response, request)) return;
    const bytes = held(cid);
    if (bytes === undefined) response.writeHead(isRpc ? 500 : 404).end('block was not found');
    else response.writeHead(200, { 'content-type': 'application/vnd.ipld.raw' }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return Object.assign(gateway, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close });
}

/** Faults that a test picks from. */
export const FAULTS = {
  'wrong bytes': (_, response) => Boolean(response.writeHead(200).end('not the block')),
  'an HTML page with status 200': (_, response) =>
    Boolean(response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome to the hotel network</html>')),
  'a redirect to another host': (cid, response) =>
    Boolean(response.writeHead(302, { location: `http://127.0.0.2:9/ipfs/${cid}` }).end()),
  'nothing at all': (_, response) => !response.headersSent,
  'an answer cut off': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
    return true;
  },
  'an answer without end': (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once('drain', more);
    };
    response.writeHead(200);
    more();
    return true;
  },
  'status 403': (_, response) => Boolean(response.writeHead(403).end('forbidden')),
  'status 404': (_, response) => Boolean(response.writeHead(404).end('not found')),
  'status 500': (_, response) => Boolean(response.writeHead(500).end('oh')),
  'status 429': (_, response) => Boolean(response.writeHead(429, { 'retry-after': '1' }).end('slow down')),
} satisfies Record<string, Fault>;
