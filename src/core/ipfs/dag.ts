import type { CID } from 'multiformats/cid';
import type { Block } from './block.ts';

/**
 * A DAG whose bytes were read and hashed once, so that its root is known. `blocks` reads the files again and holds each leaf to
 * what the first reading found: nothing is kept in memory or on disk but digests and directories.
 */
export interface Dag {
  readonly root: CID;
  /** Blocks, each counted once however often it is linked. */
  readonly blockCount: number;
  /** Their bytes together. */
  readonly blockBytes: number;
  /** Bytes of the blocks as the frames of a CAR: with their CIDs and lengths. */
  readonly frameBytes: number;
  /**
   * Depth first, links in their order, the root first, each block once.
   *
   * @throws StemmaError FILE_CHANGED, FILE_UNREADABLE, NOT_A_REGULAR_FILE, INTERRUPTED
   */
  blocks(signal?: AbortSignal): AsyncIterable<Block>;
}
