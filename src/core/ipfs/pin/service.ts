import type { CID } from 'multiformats/cid';
import type { JsonObject, JsonValue } from '../../bytes/index.ts';
import { formatCid } from '../cid.ts';
import { ask, askJson, isObject, type Remote, refused, said, unexpected } from './remote.ts';
import type { Holder, PinTarget, TargetContext } from './target.ts';

const STATES: Readonly<Record<string, Holder['state']>> = {
  queued: 'pinning',
  pinning: 'pinning',
  pinned: 'pinned',
  failed: 'failed',
};

interface PinStatus {
  readonly id: string;
  readonly holder: Holder;
}

/**
 * A service of the IPFS Pinning Services API 1.0. It is told the CID and fetches the blocks by itself, from whoever has them: no
 * bytes go there from here.
 */
export function serviceTarget(url: URL, label: string, context: TargetContext): PinTarget {
  const remote: Remote = { ...context, url, what: `the pinning service ${label}` };
  return {
    label,
    isPublic: true,
    async put({ root }, { name, signal }) {
      const cid = formatCid(root);
      const known = await pins(remote, root, signal);
      // A request that failed is made anew; one that is under way or done is left alone.
      if (known.some(({ holder }) => holder.state !== 'failed')) return [cid];
      const json: JsonObject = { cid, ...(name === undefined ? {} : { name }) };
      const made = await askJson(remote, { method: 'POST', path: '/pins', json, signal });
      return [cidOf(remote, made)];
    },
    async holders(root, signal) {
      const known = (await pins(remote, root, signal)).map(({ holder }) => holder);
      // However often it was asked, it is one service.
      const best = known.find(({ state }) => state === 'pinned') ?? known.find(({ state }) => state === 'pinning');
      return best === undefined ? known.slice(0, 1) : [best];
    },
    async remove(root, signal) {
      const known = await pins(remote, root, signal);
      for (const { id } of known) {
        const path = `/pins/${encodeURIComponent(id)}`;
        const answer = await ask(remote, { method: 'DELETE', path, signal });
        if (answer.status > 299 && answer.status !== 404) throw refused(remote, answer);
      }
      return known.length > 0;
    },
  };
}

/** All requests for this CID: left to itself the API lists ten, and those that are pinned alone. */
async function pins(remote: Remote, root: CID, signal: AbortSignal | undefined): Promise<readonly PinStatus[]> {
  const query = { cid: formatCid(root), status: 'queued,pinning,pinned,failed', limit: '1000' };
  const json = await askJson(remote, { method: 'GET', path: '/pins', query, signal });
  const results = isObject(json) ? json['results'] : undefined;
  if (!Array.isArray(results)) throw unexpected(remote, 'a list of pins without results');
  return results.map((result) => {
    if (cidOf(remote, result) !== query.cid) throw unexpected(remote, 'the pin of another CID');
    const { requestid: id, status, info } = isObject(result) ? result : {};
    const state = typeof status === 'string' && Object.hasOwn(STATES, status) ? STATES[status] : undefined;
    if (typeof id !== 'string' || typeof status !== 'string' || state === undefined)
      throw unexpected(remote, 'a pin without a status');
    const why = isObject(info) && typeof info['status_details'] === 'string' ? `: ${info['status_details']}` : '';
    return { id, holder: { peer: remote.url.host, state, detail: said(`${status}${why}`) } };
  });
}

function cidOf(remote: Remote, status: JsonValue): string {
  const pin = isObject(status) ? status['pin'] : undefined;
  const cid = isObject(pin) ? pin['cid'] : undefined;
  if (typeof cid !== 'string') throw unexpected(remote, 'a pin without a CID');
  return said(cid);
}
