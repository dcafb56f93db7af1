import { carBytes } from '../car/write.ts';
import { formatCid } from '../cid.ts';
import type { Dag } from '../dag.ts';
import { counted } from './counted.ts';
import { cidFor, kuboClient, limited } from './kubo-client.ts';
import { kuboBlocks, kuboImport, kuboPeer, kuboPinned, kuboSize, kuboVersion } from './kubo-rpc.ts';
import type { Remote } from './remote.ts';
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
  const { name, signal } = options;
  await kuboVersion(remote, signal);
  // Loaded before anything is sent: without it there is no name.
  const client = name === undefined ? undefined : await kuboClient(remote);
  const roots = await retrying(
    () => kuboImport(remote, { root: dag.root, bytes: counted(carBytes(dag, signal), dag, options) }, signal),
    { random: remote.random, signal },
  );
  if (client !== undefined && name !== undefined) {
    const cid = cidFor(formatCid(dag.root));
    await limited(remote, signal, (inner) => client.pin.add(cid, { name, signal: inner }));
  }
  return roots;
}
