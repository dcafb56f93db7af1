import { StemmaError } from '../../errors/index.ts';
import { carBytes } from '../car/write.ts';
import { formatCid } from '../cid.ts';
import type { Dag } from '../dag.ts';
import { counted } from './counted.ts';
import { cidFor, cidText, kuboClient, limited } from './kubo-client.ts';
import { kuboBlocks, kuboPeer, kuboPinned, kuboSize, kuboVersion } from './kubo-rpc.ts';
import { type Remote, said, unavailable, unexpected } from './remote.ts';
import { retrying } from './retry.ts';
import type { PinTarget, PutOptions, TargetContext } from './target.ts';

/** A node of Kubo by its RPC: the DAG travels as a CAR, so that the node chooses nothing about it. */
export function kuboTarget(url: URL, label: string, context: TargetContext): PinTarget {
  const remote: Remote = { ...context, url, what: `the Kubo node ${label}` };
  return {
    label,
    isPublic: true,
    put: (dag, options) => put(remote, dag, options),
    async holders(root, signal) {
      if (!(await kuboPinned(remote, root, signal))) return [];
      return [{ peer: (await kuboPeer(remote, signal)) ?? label, state: 'pinned' }];
    },
    size: (root, signal) => kuboSize(remote, root, signal),
    open: async () => ({ ...kuboBlocks(remote), close: async () => undefined }),
    async remove(root, signal) {
      if (!(await kuboPinned(remote, root, signal))) return false;
      const client = await kuboClient(remote);
      await limited(remote, signal, (inner) => client.pin.rm(cidFor(formatCid(root)), { signal: inner }));
      return true;
    },
  };
}

async function put(remote: Remote, dag: Dag, options: PutOptions): Promise<readonly string[]> {
  await kuboVersion(remote, options.signal);
  const client = await kuboClient(remote);
  const roots = await retrying(() => importCar(remote, client, dag, options), {
    random: remote.random,
    signal: options.signal,
  });
  if (options.name !== undefined) {
    const { name } = options;
    const cid = cidFor(formatCid(dag.root));
    await limited(remote, options.signal, (signal) => client.pin.add(cid, { name, signal }));
  }
  return roots;
}

type Client = Awaited<ReturnType<typeof kuboClient>>;

/** One import. The node keeps the blocks of one that broke off, but is sent all of them again. */
async function importCar(remote: Remote, client: Client, dag: Dag, options: PutOptions): Promise<readonly string[]> {
  return limited(remote, options.signal, async (signal, moved) => {
    const source = remembering(counted(carBytes(dag, signal), dag, { ...options, moved }));
    const roots: string[] = [];
    try {
      for await (const { root } of client.dag.import([source.bytes], { pinRoots: true, signal })) {
        moved();
        const problem: unknown = root.pinErrorMsg;
        if (typeof problem === 'string' && problem !== '') {
          throw unavailable(remote, `took the blocks but could not pin their root: ${said(problem)}`, { status: 200 });
        }
        roots.push(cidText(root.cid));
        if (roots.length > 1) throw unexpected(remote, 'more than one root for one DAG');
      }
    } catch (error) {
      // The client turns what goes wrong in a source into an interruption of its own.
      throw source.error() ?? error;
    }
    if (source.error() !== undefined) throw source.error();
    if (roots.length === 0) throw unexpected(remote, 'no root: what it took is not known');
    return roots;
  });
}

/** A source that keeps what it threw. */
function remembering(source: AsyncIterable<Uint8Array>) {
  let thrown: unknown;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      thrown = error;
      throw error;
    }
  }
  return { bytes: bytes(), error: () => (thrown instanceof StemmaError ? thrown : undefined) };
}
