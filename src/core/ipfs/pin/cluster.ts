import type { CID } from 'multiformats/cid';
import { carBytes } from '../car/write.ts';
import { formatCid } from '../cid.ts';
import type { Dag } from '../dag.ts';
import { counted } from './counted.ts';
import { ask, isObject, jsonOf, type Remote, refused, said, unexpected, upload } from './remote.ts';
import { retrying } from './retry.ts';
import type { Holder, PinTarget, PutOptions, TargetContext } from './target.ts';

/** IPFS Cluster by its REST API: one CAR goes in, and the cluster says which of its peers keep it. */
export function clusterTarget(url: URL, label: string, context: TargetContext): PinTarget {
  const remote: Remote = { ...context, url, what: `the cluster ${label}` };
  return {
    label,
    isPublic: true,
    put: (dag, options) => put(remote, dag, options),
    holders: (root, signal) => holders(remote, root, signal),
    async remove(root, signal) {
      const answer = await ask(remote, { method: 'DELETE', path: `/pins/${formatCid(root)}`, signal });
      if (answer.status === 404) return false;
      if (answer.status > 299) throw refused(remote, answer);
      return true;
    },
  };
}

async function put(remote: Remote, dag: Dag, options: PutOptions): Promise<readonly string[]> {
  const { signal, name, replicas } = options;
  // Asked first, so that a wrong address or secret is known before a model is sent.
  await holders(remote, dag.root, signal);
  const query = {
    format: 'car',
    // One answer at the end instead of a 200 that may turn out to be none.
    'stream-channels': 'false',
    ...(name === undefined ? {} : { name }),
    // Both, so that the cluster finds another peer when one of these goes away.
    ...(replicas === undefined ? {} : { 'replication-min': String(replicas), 'replication-max': String(replicas) }),
  };
  const answer = await retrying(
    async () => {
      const car = { root: dag.root, bytes: counted(carBytes(dag, signal), dag, options) };
      const answer = await upload(remote, { method: 'POST', path: '/add', query, signal }, car);
      if (answer.status > 299) throw refused(remote, answer);
      return answer;
    },
    { random: remote.random, signal },
  );
  const added = jsonOf(remote, answer);
  const cids = (Array.isArray(added) ? added : [added]).map((entry) => (isObject(entry) ? entry['cid'] : undefined));
  const [root] = cids;
  if (cids.length !== 1 || typeof root !== 'string') throw unexpected(remote, `${cids.length} roots for one DAG`);
  return [root];
}

/** States of a pin in the words of the cluster; the others are failures. */
const STATES: Readonly<Record<string, Holder['state'] | 'elsewhere'>> = {
  pinned: 'pinned',
  pinning: 'pinning',
  pin_queued: 'pinning',
  // Kept by other peers, or by nobody.
  remote: 'elsewhere',
  unpinned: 'elsewhere',
  unpinning: 'elsewhere',
  unpin_queued: 'elsewhere',
  sharded: 'elsewhere',
};

async function holders(remote: Remote, root: CID, signal: AbortSignal | undefined): Promise<readonly Holder[]> {
  const cid = formatCid(root);
  const answer = await ask(remote, { method: 'GET', path: `/pins/${cid}`, signal });
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw refused(remote, answer);
  const json = jsonOf(remote, answer);
  const peers = isObject(json) ? json['peer_map'] : undefined;
  if (!isObject(json) || !isObject(peers)) throw unexpected(remote, 'a pin without peers');
  if (json['cid'] !== cid) throw unexpected(remote, 'the pin of another CID');
  return Object.entries(peers).flatMap(([id, entry]): Holder[] => {
    const { status, error, ipfs_peer_id: ipfs } = isObject(entry) ? entry : {};
    if (typeof status !== 'string') throw unexpected(remote, 'a peer without a status');
    const state = Object.hasOwn(STATES, status) ? STATES[status] : 'failed';
    if (state === undefined || state === 'elsewhere') return [];
    const words = typeof error === 'string' && error !== '' ? `${status}: ${error}` : status;
    return [{ peer: typeof ipfs === 'string' && ipfs !== '' ? ipfs : id, state, detail: said(words) }];
  });
}
