import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { isStemmaError, StemmaError } from '../../../src/core/errors/index.ts';
import { below, parseEndpoint } from '../../../src/core/ipfs/endpoint.ts';
import { type HttpRequest, request } from '../../../src/core/ipfs/http.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const ask = (url: URL, more: Partial<HttpRequest> = {}) =>
  request({ method: 'POST', url, timeoutMs: 2000, maxBytes: 1_000_000, ...more });

async function whole(url: URL, more: Partial<HttpRequest> = {}) {
  const response = await ask(url, more);
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return { ...response, text: Buffer.concat(chunks).toString() };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (isStemmaError(error) ? error.code : String(error)),
  );

async function received(message: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of message) bytes += (chunk as Buffer).length;
  return bytes;
}

/** Sends for ever, as fast as it is taken. */
function flood(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

async function* chunksOf(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(bytes);
}

describe('a request', () => {
  test('gives status, headers, body and the trailers after it', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'X-Kind': 'b', trailer: 'X-Stream-Error' });
      response.write('half');
      response.addTrailers({ 'X-Stream-Error': 'the disk is full' });
      response.end();
    });

    const response = await whole(url);

    expect(response).toMatchObject({ status: 200, text: 'half' });
    expect(response.headers['x-kind']).toBe('b');
    expect(response.trailers()).toEqual({ 'x-stream-error': 'the disk is full' });
  });

  test('streams a body and passes headers', async () => {
    const url = await serve((message, response) => {
      void received(message).then((bytes) => response.end(`${bytes} ${message.headers.authorization}`));
    });

    const response = await whole(url, { body: chunksOf(50, 100_000), headers: { authorization: 'Bearer t' } });

    expect(response.text).toBe('5000000 Bearer t');
  });

  test('returns an error status as it is, without sending what is refused', async () => {
    let sent = 0;
    const server = createServer();
    servers.push(server.on('checkContinue', (_, response: ServerResponse) => response.writeHead(403).end('no')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    async function* body() {
      for await (const chunk of chunksOf(10_000, 100_000)) {
        sent += chunk.length;
        yield chunk;
      }
    }

    const response = await whole(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), {
      body: body(),
    });

    expect(response).toMatchObject({ status: 403, text: 'no' });
    expect(sent).toBeLessThan(1_000_000);
  });

  test('takes an answer that comes before the body was sent', async () => {
    const url = await serve((_, response) => response.writeHead(429, { 'retry-after': '7' }).end('later'));

    const response = await whole(url, { body: chunksOf(1_000_000, 100_000) });

    expect(response.status).toBe(429);
    expect(response.headers['retry-after']).toBe('7');
  });

  test('is never sent elsewhere by a redirect', async () => {
    let asked = 0;
    const other = await serve((_, response) => {
      asked += 1;
      response.end('stolen');
    });
    const url = await serve((_, response) => response.writeHead(307, { location: other.href }).end());

    expect((await whole(url, { headers: { authorization: 'Bearer t' } })).status).toBe(307);
    expect(asked).toBe(0);
  });

  test('is sent again over a fresh connection when the idle one was closed', async () => {
    const url = await serve((_, response) => response.end('ok'));
    await whole(url);
    // Closed by the server while the client believes it to be idle.
    servers[0]?.closeAllConnections();

    expect((await whole(url)).text).toBe('ok');
  });
});

describe('a request fails', () => {
  test.each<[string, RequestListener, string, Partial<HttpRequest>]>([
    ['when nobody answers in time', () => undefined, 'REMOTE_UNAVAILABLE', { timeoutMs: 100 }],
    [
      'when an answer stops in the middle',
      (_, response) => response.write('begun'),
      'REMOTE_UNAVAILABLE',
      { timeoutMs: 100 },
    ],
    [
      'when an answer trickles past the deadline',
      (_, response) => {
        const timer = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(timer));
      },
      'REMOTE_UNAVAILABLE',
      { deadlineMs: 300 },
    ],
    [
      'when the answer to a stream trickles past the deadline',
      async (message, response) => {
        await received(message);
        const timer = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(timer));
      },
      'REMOTE_UNAVAILABLE',
      { method: 'POST', body: chunksOf(2, 1000), deadlineMs: 300 },
    ],
    [
      'when an answer trickles past the deadline and the stream is not taken',
      (message, response) => {
        message.pause();
        const timer = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(timer));
      },
      'REMOTE_UNAVAILABLE',
      { method: 'POST', body: chunksOf(1000, 100_000), deadlineMs: 300 },
    ],
    [
      'when an answer is cut off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half', () => response.destroy());
      },
      'REMOTE_UNAVAILABLE',
      {},
    ],
    [
      'when a chunked answer is cut off',
      (_, response) => {
        response.write('half', () => response.destroy());
      },
      'REMOTE_UNAVAILABLE',
      {},
    ],
    ['when the connection closes without an answer', (message) => message.destroy(), 'REMOTE_UNAVAILABLE', {}],
    ['when the answer is endless', (_, response) => flood(response), 'REMOTE_ANSWER_INVALID', {}],
    [
      'when the heads of the answer are endless',
      (_, response) => response.writeHead(200, { a: 'b'.repeat(100_000) }).end(),
      'REMOTE_UNAVAILABLE',
      {},
    ],
    [
      'when the source of the body fails',
      (message) => message.resume(),
      'FILE_CHANGED',
      {
        body: (async function* () {
          yield new Uint8Array(1);
          throw new StemmaError('FILE_CHANGED', 'changed');
        })(),
      },
    ],
  ])('%s', async (_, listener, code, more) => {
    expect(await codeOf(whole(await serve(listener), more))).toBe(code);
  });

  test('with the error of a source that is no StemmaError', async () => {
    const url = await serve((message) => message.resume());
    const body = (async function* () {
      yield new Uint8Array(1);
      throw new RangeError('ours');
    })();

    expect(await codeOf(whole(url, { body }))).toContain('ours');
  });

  test('when nobody listens', async () => {
    const url = await serve(() => undefined);
    servers[0]?.close();
    await sleep(20);

    await expect(ask(url)).rejects.toMatchObject({
      code: 'REMOTE_UNAVAILABLE',
      message: expect.stringContaining('nobody listens there'),
    });
  });

  test('when it is aborted before, while waiting and while reading', async () => {
    const silent = await serve(() => undefined);
    const slow = await serve((_, response) => response.write('begun'));

    expect(await codeOf(ask(silent, { signal: AbortSignal.abort() }))).toBe('INTERRUPTED');
    expect(await codeOf(ask(silent, { signal: AbortSignal.timeout(50) }))).toBe('INTERRUPTED');
    expect(await codeOf(whole(slow, { signal: AbortSignal.timeout(100) }))).toBe('INTERRUPTED');
  });

  test('when the certificate is not one that this machine trusts, whatever the environment says', async () => {
    const server = createTlsServer({ key: KEY, cert: CERTIFICATE }, (_, response) => response.end('trusted'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      expect(await codeOf(ask(url))).toBe('REMOTE_UNAVAILABLE');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      server.close();
    }
  });

  test('with a message that repeats no query and no header', async () => {
    const url = await serve((message) => message.destroy());
    url.search = '?arg=private';

    const error = await ask(url, { headers: { authorization: 'Bearer secret' } }).catch((e: unknown) => e);

    expect(String(error)).toContain('127.0.0.1');
    expect(String(error)).not.toMatch(/private|secret/);
  });
});

describe('an endpoint', () => {
  test.each([
    ['https://node.example', 'https://node.example/'],
    ['https://node.example/ipfs//', 'https://node.example/ipfs'],
    ['http://127.0.0.1:5001', 'http://127.0.0.1:5001/'],
    ['http://[::1]:5001/', 'http://[::1]:5001/'],
    ['http://localhost:5001', 'http://localhost:5001/'],
  ])('%s is taken', (text, href) => {
    expect(parseEndpoint(text, 'the node').href).toBe(href);
  });

  test.each([
    'http://node.example',
    'http://127.0.0.1.node.example',
    'http://127.1.evil.example',
    'http://0.0.0.0:5001',
    'http://192.168.1.2:5001',
    'http://localhost.example',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    '/ip4/127.0.0.1/tcp/5001',
    'node.example',
    '',
    'https://node.example/?token=x',
    'https://node.example/#x',
  ])('%s is refused', (text) => {
    expect(() => parseEndpoint(text, 'the node')).toThrowError(expect.objectContaining({ code: 'USAGE' }));
  });

  test.each([
    'https://me:hunter2@node.example',
    'https://hunter2@node.example',
    'hunter2@node.example',
    'https://node.example/?token=hunter2',
    'node.example/?token=hunter2',
    'node.example/#hunter2',
  ])('a secret in it is refused and not repeated: %s', (text) => {
    const parse = () => parseEndpoint(text, 'the node');
    expect(parse).toThrowError(expect.objectContaining({ code: 'USAGE' }));
    expect(parse).not.toThrowError(/hunter2/);
  });

  test('paths and queries are put below it', () => {
    expect(below(parseEndpoint('https://a.example/n/', 'x'), '/api/v0/pin/ls', { arg: 'a b' }).href).toBe(
      'https://a.example/n/api/v0/pin/ls?arg=a+b',
    );
    expect(below(parseEndpoint('https://a.example', 'x'), '/pins').href).toBe('https://a.example/pins');
  });
});

/** Self-signed for 127.0.0.1, made for this test. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwRGxhHxgnP9V8yZ7
shj5HnUYumeyBeWOl+EkzPYs5LehRANCAATFJJntsoWiWT6xjNS3gSWYiZ0y30Xb
DIrbE+kWOXt1JJ1YO2d+zGA5p8qSIKwPP1ELREdir3ERJtWHY9sBAsg0
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUa7BfjO5g3jOWisBGqYCmO88/eL0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAyNDMzMVoYDzIxMjYxMDMx
MDI0MzMxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATFJJntsoWiWT6xjNS3gSWYiZ0y30XbDIrbE+kWOXt1JJ1YO2d+zGA5
p8qSIKwPP1ELREdir3ERJtWHY9sBAsg0o2QwYjAdBgNVHQ4EFgQUnOR/1fxwfaoe
AE+2DZ04ZA5rexYwHwYDVR0jBBgwFoAUnOR/1fxwfaoeAE+2DZ04ZA5rexYwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQC+yXQMCXCIUvEPMJkpqBB+kCOA1UsqGi3Id1l+lfibfgIhAKNulXODKhRzwiNU
c3aqxcAloJWrmhpP+kcScuwlWupf
-----END CERTIFICATE-----
`;
