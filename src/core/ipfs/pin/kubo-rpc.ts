import type { CID } from 'multiformats/cid';
import { sha256 } from '../../digest/index.ts';
import { type BlockSource, blockMissing, checkBlock, MAX_BLOCK_BYTES } from '../block.ts';
import { formatCid } from '../cid.ts';
import {
  type Answer,
  ask,
  askJson,
  type CarUpload,
  isObject,
  jsonOf,
  linesOf,
  messageOf,
  type Remote,
  refused,
  said,
  unavailable,
  unexpected,
  upload,
} from './remote.ts';

/** Kubo's RPC as far as its answers are compared with ours: over our own request, which sees trailers and holds answers to a size. */
const API = '/api/v0';

const rpc = (remote: Remote, path: string, query: Readonly<Record<string, string>>, signal?: AbortSignal) =>
  ask(remote, { method: 'POST', path: `${API}${path}`, query, signal, maxBytes: MAX_BLOCK_BYTES + 1 });

/** Whether the node is there and lets us in. */
export async function kuboVersion(remote: Remote, signal?: AbortSignal): Promise<string> {
  const json = await askJson(remote, { method: 'POST', path: `${API}/version`, signal });
  if (!isObject(json) || typeof json['Version'] !== 'string') throw unexpected(remote, 'no version of Kubo');
  return json['Version'];
}

/**
 * Sends a CAR and has its root pinned. The node keeps the blocks of an import that broke off, but is sent all of them again.
 *
 * @returns the one root that the node says it took
 */
export async function kuboImport(remote: Remote, car: CarUpload, signal?: AbortSignal): Promise<readonly string[]> {
  const question = { method: 'POST', path: `${API}/dag/import`, query: { 'pin-roots': 'true' }, signal } as const;
  const answer = await upload(remote, question, car);
  if (answer.status !== 200) throw refused(remote, answer);
  const roots = linesOf(remote, answer).flatMap((line) =>
    isObject(line) && isObject(line['Root']) ? [line['Root']] : [],
  );
  return roots.map(({ Cid, PinErrorMsg }) => {
    // 200, the blocks are stored, and yet it is not pinned.
    if (typeof PinErrorMsg === 'string' && PinErrorMsg !== '') {
      throw unavailable(remote, `took the blocks but could not pin their root: ${said(PinErrorMsg)}`, { status: 200 });
    }
    const root = isObject(Cid) ? Cid['/'] : undefined;
    if (roots.length > 1) throw unexpected(remote, 'more than one root for one DAG');
    if (typeof root !== 'string') throw unexpected(remote, 'a root without a CID');
    return root;
  });
}

/** The node's peer ID, where we may ask for it. */
export async function kuboPeer(remote: Remote, signal?: AbortSignal): Promise<string | undefined> {
  const answer = await rpc(remote, '/id', {}, signal);
  if (answer.status !== 200) return undefined;
  const json = jsonOf(remote, answer);
  return isObject(json) && typeof json['ID'] === 'string' ? json['ID'] : undefined;
}

/** Whether the node lists this very root as pinned with all that is below it. */
export async function kuboPinned(remote: Remote, root: CID, signal?: AbortSignal): Promise<boolean> {
  const arg = formatCid(root);
  const answer = await rpc(remote, '/pin/ls', { arg, type: 'recursive' }, signal);
  if (answer.status === 500 && /is not pinned/.test(messageOf(answer))) return false;
  if (answer.status !== 200) throw refused(remote, answer);
  const json = jsonOf(remote, answer);
  const keys = isObject(json) ? json['Keys'] : undefined;
  if (!isObject(keys)) throw unexpected(remote, 'a list of pins without keys');
  const pin = Object.hasOwn(keys, arg) ? keys[arg] : undefined;
  return Object.keys(keys).length === 1 && isObject(pin) && pin['Type'] === 'recursive';
}

/**
 * What the node counts below a root, of blocks that it has itself.
 *
 * @throws StemmaError BLOCK_MISSING as well
 */
export async function kuboSize(
  remote: Remote,
  root: CID,
  signal?: AbortSignal,
): Promise<{ blocks: number; bytes: number }> {
  const arg = formatCid(root);
  // Without `progress=false` it answers 200 before it has looked; without `offline=true` it would look for blocks elsewhere.
  const answer = await rpc(remote, '/dag/stat', { arg, progress: 'false', offline: 'true' }, signal);
  if (isNotFound(answer)) throw blockMissing(root, remote.what);
  if (answer.status !== 200) throw refused(remote, answer);
  const json = jsonOf(remote, answer);
  const stats = isObject(json) ? json['DagStats'] : undefined;
  const [stat] = Array.isArray(stats) ? stats : [];
  if (!isObject(stat)) throw unexpected(remote, 'no statistics of the DAG');
  // Fields that are zero are left out.
  const { NumBlocks: blocks = 0, Size: bytes = 0 } = stat;
  if (typeof blocks !== 'number' || typeof bytes !== 'number') throw unexpected(remote, 'statistics without numbers');
  return { blocks, bytes };
}

/** Blocks that the node has itself, each hashed here. */
export function kuboBlocks(remote: Remote): BlockSource {
  return {
    async get(cid, signal) {
      const answer = await rpc(remote, '/block/get', { arg: formatCid(cid), offline: 'true' }, signal);
      if (isNotFound(answer)) throw blockMissing(cid, remote.what);
      if (answer.status !== 200) throw refused(remote, answer);
      checkBlock({ cid, bytes: answer.bytes }, sha256);
      return answer.bytes;
    },
  };
}

function isNotFound(answer: Answer): boolean {
  return answer.status === 500 && /not find|not found|not locally available/i.test(messageOf(answer));
}
