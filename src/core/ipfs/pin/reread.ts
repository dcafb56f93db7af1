import { decode } from '@ipld/dag-pb';
import type { CID } from 'multiformats/cid';
import { StemmaError, throwIfAborted } from '../../errors/index.ts';
import { type BlockSource, blockMissing } from '../block.ts';
import { DAG_PB, formatCid } from '../cid.ts';
import type { HeldBlocks } from './target.ts';

/** A DAG of so many blocks is read back whole; of a larger one, all parents and a sample of leaves. */
const WHOLE_BLOCKS = 256;
const SAMPLE = 64;
const MAX_PARENTS = 200_000;
/** Below what a Map holds. */
const MAX_LEAVES = 16_000_000;
const MAX_DEPTH = 64;
const AT_ONCE = 8;

export interface Reread {
  /** Different blocks below the root, itself included. */
  readonly blocks: number;
  /** Of these, how many were read and hashed. */
  readonly read: number;
  /** Their bytes; those of all blocks where all were read. */
  readonly bytes: number;
}

/**
 * Reads blocks back from the root down. Each was hashed by the source before it is used here, so a parent's links are those that
 * were pinned. Leaves of a large DAG are sampled without repetition, but for a source that has hashed all of them already.
 *
 * @param random uniform in [0, 1)
 * @throws StemmaError BLOCK_MISSING, BLOCK_MISMATCH, TOO_LARGE, CID_INVALID; what the source throws
 */
export async function reread(
  source: BlockSource & Pick<HeldBlocks, 'lengthOf'>,
  root: CID,
  { random, signal }: { readonly random: () => number; readonly signal?: AbortSignal | undefined },
): Promise<Reread> {
  const leaves = new Map<string, CID>();
  const parents = new Set<string>();
  let bytes = 0;
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw tooLarge(`is more than ${MAX_DEPTH} blocks deep`);
    const nodes = level.filter((cid) => cid.code === DAG_PB && !parents.has(formatCid(cid)));
    for (const cid of level) if (cid.code !== DAG_PB) leaves.set(formatCid(cid), cid);
    for (const cid of nodes) parents.add(formatCid(cid));
    if (parents.size > MAX_PARENTS || leaves.size > MAX_LEAVES) throw tooLarge('has too many blocks');
    const next = new Map<string, CID>();
    await inTurn(nodes, source, signal, (block) => {
      bytes += block.length;
      for (const link of linksOf(block)) next.set(formatCid(link), link);
      // Hostile input: a few parents on one level may lead to any number of blocks.
      if (next.size > MAX_LEAVES) throw tooLarge('has too many blocks');
    });
    level = [...next.values()];
  }
  const all = [...leaves.values()];
  if (source.lengthOf !== undefined) {
    for (const leaf of all) bytes += source.lengthOf(leaf) ?? missing(leaf);
    return { blocks: parents.size + all.length, read: parents.size + all.length, bytes };
  }
  const chosen = parents.size + all.length <= WHOLE_BLOCKS ? all : sample(all, random);
  await inTurn(chosen, source, signal, (block) => {
    bytes += block.length;
  });
  return { blocks: parents.size + all.length, read: parents.size + chosen.length, bytes };
}

function linksOf(block: Uint8Array): readonly CID[] {
  try {
    return decode(block).Links.map(({ Hash }) => Hash);
  } catch (cause) {
    throw new StemmaError('BLOCK_MISMATCH', 'a block that should be dag-pb is not', { cause });
  }
}

/** Gets blocks, a few at once, and uses each as it comes. */
async function inTurn(
  cids: readonly CID[],
  source: BlockSource,
  signal: AbortSignal | undefined,
  use: (block: Uint8Array) => void,
): Promise<void> {
  let at = 0;
  const work = async (): Promise<void> => {
    for (let cid = cids[at++]; cid !== undefined; cid = cids[at++]) {
      throwIfAborted(signal);
      use(await source.get(cid, signal));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, cids.length) }, work));
}

/** A random part, by the first steps of a shuffle. */
function sample(cids: CID[], random: () => number): readonly CID[] {
  const pool = [...cids];
  for (let i = 0; i < SAMPLE && i < pool.length; i++) {
    const j = i + Math.floor(random() * (pool.length - i));
    const [a, b] = [pool[i], pool[j]];
    if (a !== undefined && b !== undefined) [pool[i], pool[j]] = [b, a];
  }
  return pool.slice(0, SAMPLE);
}

function missing(cid: CID): never {
  throw blockMissing(cid, 'the target');
}

const tooLarge = (why: string): StemmaError => new StemmaError('TOO_LARGE', `the DAG ${why}`);
