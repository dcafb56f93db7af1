import type { CID } from 'multiformats/cid';
import { isStemmaError, throwIfAborted } from '../../errors/index.ts';
import type { BlockSource } from '../block.ts';
import { DAG_PB, formatCid } from '../cid.ts';
import { decodeNode } from '../read/dag-pb.ts';

/** Hostile input: blocks that are looked at to say where one belongs. */
const MAX_LOOKED_AT = 1_000_000;

/**
 * Which file or folder of a UnixFS folder a block is of, as far as the blocks that can be read lead to it: `model/model.sig`, or an
 * empty text for the root. Undefined where none does.
 */
export async function pathOfBlock(
  source: BlockSource,
  root: CID,
  wanted: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const seen = new Set<string>();
  const queue: { readonly cid: CID; readonly path: string }[] = [{ cid: root, path: '' }];
  // A stack and no recursion: the depth is whatever somebody made.
  for (let next = queue.pop(); next !== undefined && seen.size < MAX_LOOKED_AT; next = queue.pop()) {
    throwIfAborted(signal);
    const { cid, path } = next;
    const key = formatCid(cid);
    if (key === wanted) return path;
    if (cid.code !== DAG_PB || seen.has(key)) continue;
    seen.add(key);
    for (const link of (await linksIn(source, cid, signal)).toReversed()) {
      const name = link.name === '' || path === '' ? `${path}${link.name}` : `${path}/${link.name}`;
      queue.push({ cid: link.cid, path: name });
    }
  }
  return undefined;
}

async function linksIn(source: BlockSource, cid: CID, signal: AbortSignal | undefined) {
  try {
    return decodeNode(await source.get(cid, signal)).links;
  } catch (error) {
    // What else is broken leads nowhere.
    if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
    return [];
  }
}
