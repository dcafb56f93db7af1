import { afterEach, describe, expect, test } from 'vitest';
import { isStemmaError, StemmaError } from '../../../../src/core/errors/index.ts';
import { formatCid, type Remote, rawCid, remoteSource } from '../../../../src/core/ipfs/index.ts';
import { FAULTS, type Fault, startGateway, type TestGateway } from '../../../support/gateway.ts';
import { Blocks, noise, sha256 } from '../support/blocks.ts';

const gateways: TestGateway[] = [];
afterEach(() => {
  for (const gateway of gateways.splice(0)) gateway.close();
});

const blocks = new Blocks();
const cid = blocks.raw(noise(100_000));
const second = blocks.raw(noise(200_000, 2));
const held = (text: string) => [cid, second].filter((each) => formatCid(each) === text).map(bytesOf)[0];
const bytesOf = (each: typeof cid) => blocks.all.get(Buffer.from(each.multihash.digest).toString('hex'));

async function gatewayOf(fault?: Fault, holds = held): Promise<TestGateway> {
  const gateway = await startGateway(holds, fault);
  gateways.push(gateway);
  return gateway;
}

const remote = (gateway: TestGateway, more: Partial<Remote> = {}): Remote => ({
  kind: 'gateway',
  url: new URL(gateway.url),
  ...more,
});

interface Told {
  readonly warnings: string[];
  readonly waits: number[];
}

function sourceOf(remotes: readonly Remote[]) {
  const told: Told = { warnings: [], waits: [] };
  const source = remoteSource(remotes, {
    timeoutMs: 300,
    random: () => 0,
    wait: (ms) => Promise.resolve(void told.waits.push(ms)),
    onWarning: (message) => told.warnings.push(message),
  });
  return { source, told };
}

const failureOf = async (promise: Promise<unknown>): Promise<StemmaError> => {
  const error: unknown = await promise.then(
    () => new Error('no error'),
    (thrown: unknown) => thrown,
  );
  if (!isStemmaError(error)) throw error;
  return error;
};

describe('blocks from gateways and nodes', () => {
  test('come from a trustless gateway, asked for the raw block', async () => {
    const gateway = await gatewayOf();
    const { source } = sourceOf([remote(gateway)]);
    expect(Buffer.from(await source.get(cid))).toEqual(Buffer.from(noise(100_000)));
    expect(gateway.headers[0]?.accept).toBe('application/vnd.ipld.raw');
    expect(gateway.asked).toEqual([formatCid(cid)]);
  });

  test('come from the RPC of a node, with the secret that is for it', async () => {
    const [node, gateway] = [await gatewayOf(), await gatewayOf()];
    const remotes = [remote(gateway), remote(node, { kind: 'kubo', authorization: 'Bearer secret' })];
    gateway.fault = FAULTS['status 404'];
    const { source } = sourceOf(remotes);
    expect((await source.get(cid)).length).toBe(100_000);
    expect(node.headers[0]?.authorization).toBe('Bearer secret');
    expect(gateway.headers[0]?.authorization).toBeUndefined();
  });

  test('keep the path below which a gateway answers', async () => {
    const gateway = await gatewayOf();
    const { source } = sourceOf([{ kind: 'gateway', url: new URL(`${gateway.url}/deeper`) }]);
    const error = await failureOf(source.get(cid));
    expect(gateway.asked).toEqual([`/deeper/ipfs/${formatCid(cid)}`]);
    expect(error.code).toBe('BLOCK_MISSING');
  });

  test('are asked of the one that gave the last block first', async () => {
    const [without, holder] = [await gatewayOf(undefined, () => undefined), await gatewayOf()];
    const { source } = sourceOf([remote(without), remote(holder)]);
    await source.get(cid);
    await source.get(second);
    expect([without.asked.length, holder.asked.length]).toEqual([1, 2]);
  });

  test.each(Object.entries(FAULTS))('are had from the next one after %s', async (_, fault) => {
    const [broken, honest] = [await gatewayOf(fault), await gatewayOf()];
    const { source } = sourceOf([remote(broken), remote(honest)]);
    expect((await source.get(cid)).length).toBe(100_000);
    expect(broken.asked.length).toBe(1);
  });

  test.each([
    ['wrong bytes', 'BLOCK_MISMATCH', 'sent bytes that are not those of the CID', 1],
    ['an HTML page with status 200', 'BLOCK_MISMATCH', 'sent bytes that are not those of the CID', 1],
    ['an answer without end', 'BLOCK_MISMATCH', 'sent more than the 2097152 bytes', 1],
    ['a redirect to another host', 'REMOTE_UNAVAILABLE', 'which is not followed', 1],
    ['status 403', 'REMOTE_UNAVAILABLE', 'refused, status 403', 1],
    ['status 404', 'BLOCK_MISSING', 'does not have it', 1],
    ['status 500', 'REMOTE_UNAVAILABLE', 'status 500', 3],
    ['status 429', 'REMOTE_UNAVAILABLE', 'status 429', 3],
    ['nothing at all', 'REMOTE_UNAVAILABLE', 'did not answer', 3],
    ['an answer cut off', 'REMOTE_UNAVAILABLE', 'cut off', 3],
  ] as const)('are never had by %s alone', async (fault, code, why, attempts) => {
    const gateway = await gatewayOf(FAULTS[fault]);
    const { source } = sourceOf([remote(gateway)]);
    const error = await failureOf(source.get(cid));
    expect(error.code).toBe(code);
    expect(error.message).toContain(formatCid(cid));
    expect(error.message).toContain(`gateway ${gateway.url}`);
    expect(error.message).toContain(why);
    expect(gateway.asked.length).toBe(attempts);
  });

  test('are not asked again of a gateway that sent wrong bytes, and it is named once', async () => {
    const [liar, honest] = [await gatewayOf(FAULTS['wrong bytes']), await gatewayOf()];
    const { source, told } = sourceOf([remote(liar), remote(honest)]);
    await Promise.all([source.get(cid), source.get(second)]);
    const asked = liar.asked.length;
    honest.fault = FAULTS['status 404'];
    expect((await failureOf(source.get(second))).message).toContain('sent bytes that are not those');
    expect(liar.asked.length).toBe(asked);
    expect(told.warnings).toHaveLength(1);
    expect(told.warnings[0]).toContain(liar.url);
  });

  test('are asked for again after a pause that grows, as long as the server wants at least', async () => {
    const gateway = await gatewayOf(FAULTS['status 429']);
    const { source, told } = sourceOf([remote(gateway)]);
    await failureOf(source.get(cid));
    expect(told.waits).toEqual([1000, 1000]);
    gateway.fault = FAULTS['status 500'];
    await failureOf(source.get(cid));
    expect(told.waits.slice(2)).toEqual([250, 500]);
  });

  test('are not waited for when the server wants an hour', async () => {
    const gateway = await gatewayOf((_, response) => Boolean(response.writeHead(429, { 'retry-after': '3600' }).end()));
    const { source, told } = sourceOf([remote(gateway)]);
    expect((await failureOf(source.get(cid))).code).toBe('REMOTE_UNAVAILABLE');
    expect(told.waits).toEqual([]);
  });

  test('that nobody answers for are unavailable, not missing, while one of them could not be asked', async () => {
    const [without, gone] = [await gatewayOf(undefined, () => undefined), await gatewayOf()];
    gone.close();
    const { source } = sourceOf([remote(without), remote(gone)]);
    const error = await failureOf(source.get(cid));
    expect(error.code).toBe('REMOTE_UNAVAILABLE');
    expect(error.message).toContain('nobody listens there');
  });

  test('that a node has looked for and not found are missing', async () => {
    const node = await gatewayOf(undefined, () => undefined);
    const { source, told } = sourceOf([remote(node, { kind: 'kubo' })]);
    expect((await failureOf(source.get(cid))).code).toBe('BLOCK_MISSING');
    expect(told.waits).toEqual([]);
  });

  test('escape what a server says of where else to look', async () => {
    const evil = 'http://evil/\u001b[31m';
    const gateway = await gatewayOf((_, response) =>
      Boolean(
        response.writeHead(301, { location: Buffer.from(evil).toString('latin1').replace('\u001b', '%1b') }).end(),
      ),
    );
    const error = await failureOf(sourceOf([remote(gateway)]).source.get(cid));
    expect(error.message).not.toContain('\u001b');
  });

  test('need somebody to ask', () => {
    expect(() => sourceOf([])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  test('stop when interrupted', async () => {
    const gateway = await gatewayOf(FAULTS['nothing at all']);
    const { source } = sourceOf([remote(gateway)]);
    const error = await failureOf(source.get(rawCid(sha256(noise(5))), AbortSignal.timeout(50)));
    expect(error.code).toBe('INTERRUPTED');
  });
});
