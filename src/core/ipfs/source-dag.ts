import { setImmediate } from 'node:timers/promises';
import type { CID } from 'multiformats/cid';
import { type EngineOptions, type List, sha256 } from '../digest/index.ts';
import { throwIfAborted } from '../errors/index.ts';
import type { Block } from './block.ts';
import { frameLength } from './car/frames.ts';
import { DAG_PB, dagPbCid, rawCid } from './cid.ts';
import type { Dag } from './dag.ts';
import { LeafReader } from './leaf-reader.ts';
import { type DagSource, digestLeaves } from './source.ts';
import type { Linked } from './unixfs/node.ts';
import { DagPlan, type PlannedBlock } from './unixfs/plan.ts';

/** How many blocks are planned before Ctrl-C and progress get their turn. */
const BLOCKS_PER_TURN = 4096;

/**
 * Reads and hashes files, and makes their DAG by the profile `unixfs-v1-2025`.
 *
 * @param kind `file`: the DAG of the one source; `folder`: of a folder of all of them
 * @param sources by the UTF-8 bytes of their paths
 * @throws StemmaError FILE_CHANGED, FILE_UNREADABLE, NOT_A_REGULAR_FILE, PATH_INVALID, MODEL_UNSUPPORTED, INTERRUPTED
 */
export async function sourceDag(
  kind: 'folder' | 'file',
  sources: List<DagSource>,
  options: EngineOptions,
): Promise<Dag> {
  const leaves = await digestLeaves(sources, options);
  const plan = new DagPlan(kind, leaves, sha256);
  const totals = { blockCount: 0, blockBytes: 0, frameBytes: 0 };
  for (const block of plan.blocks()) {
    const length = 'node' in block ? block.node.bytes.length : block.length;
    totals.blockCount++;
    totals.blockBytes += length;
    totals.frameBytes += frameLength(length);
    if (totals.blockCount % BLOCKS_PER_TURN !== 0) continue;
    await setImmediate();
    throwIfAborted(options.signal);
  }
  return new SourceDag(plan, sources, totals);
}

class SourceDag implements Dag {
  readonly root: CID;
  readonly blockCount: number;
  readonly blockBytes: number;
  readonly frameBytes: number;
  readonly #plan: DagPlan;
  readonly #sources: List<DagSource>;

  constructor(plan: DagPlan, sources: List<DagSource>, totals: Pick<Dag, 'blockCount' | 'blockBytes' | 'frameBytes'>) {
    this.root = cidOf(plan.root);
    this.blockCount = totals.blockCount;
    this.blockBytes = totals.blockBytes;
    this.frameBytes = totals.frameBytes;
    this.#plan = plan;
    this.#sources = sources;
  }

  async *blocks(signal?: AbortSignal): AsyncGenerator<Block, undefined> {
    const reader = new LeafReader();
    try {
      for (const block of this.#plan.blocks()) {
        // What was given out is written while the next block is read and hashed.
        await setImmediate();
        throwIfAborted(signal);
        yield this.#read(block, reader);
      }
      reader.close();
    } finally {
      reader.abandon();
    }
  }

  #read(block: PlannedBlock, reader: LeafReader): Block {
    if ('node' in block) return { cid: cidOf(block.node), bytes: block.node.bytes };
    const source = this.#sources.at(block.file) as DagSource;
    return { cid: rawCid(block.digest), bytes: reader.read(block, source) };
  }
}

function cidOf({ codec, digest }: Linked): CID {
  return codec === DAG_PB ? dagPbCid(digest) : rawCid(digest);
}
