import type { CID } from 'multiformats/cid';
import type { AbortOptions, ProgressOptions } from '../../progress/index.ts';
import type { BlockSource } from '../block.ts';
import type { Dag } from '../dag.ts';

/** Someone who keeps the blocks of a DAG, as the target tells it. All of it is text from outside. */
export interface Holder {
  /** The IPFS peer where the target names it, so that one reached in two ways counts once; else the target's own name for it. */
  readonly peer: string;
  readonly state: 'pinned' | 'pinning' | 'failed';
  /** What it says of itself: the status in its own words, an error. */
  readonly detail?: string;
}

export interface PutOptions extends AbortOptions, ProgressOptions {
  /** A label for whoever looks after the pins. */
  readonly name?: string;
  /** On how many peers, where the target has several. */
  readonly replicas?: number;
}

/** Blocks of a target, until they are closed. */
export interface HeldBlocks extends BlockSource {
  /** Only of a source that hashed all of its blocks when it was opened: bytes of one, undefined where it is not there. */
  lengthOf?(cid: CID): number | undefined;
  close(): Promise<void>;
}

/**
 * Somewhere that blocks are kept. Every method may be called again after it failed, and none of what a target says is evidence:
 * `checks.ts` compares it with what was computed here and reads blocks back.
 *
 * All methods throw StemmaError REMOTE_UNAVAILABLE, REMOTE_ANSWER_INVALID and INTERRUPTED; a file throws as files do.
 */
export interface PinTarget {
  /** As the user named it, without secrets and without folders of this machine. */
  readonly label: string;
  /** Whether others may read what is put there. */
  readonly isPublic: boolean;
  /**
   * Hands the DAG over, and returns once the target says that it has it, not necessarily that every replica does.
   *
   * @returns the roots that it says it took
   */
  put(dag: Dag, options: PutOptions): Promise<readonly string[]>;
  /** Who keeps this root with all that is below it; nobody is the empty list. */
  holders(root: CID, signal?: AbortSignal): Promise<readonly Holder[]>;
  /** Blocks below this root, each counted once, and their bytes; only where the target counts them itself. */
  readonly size?: (root: CID, signal?: AbortSignal) => Promise<{ readonly blocks: number; readonly bytes: number }>;
  /** Blocks as the target holds them, without asking others for them; only where it gives blocks at all. */
  readonly open?: (root: CID, signal?: AbortSignal) => Promise<HeldBlocks>;
  /** Keeps it no longer. @returns whether it was kept */
  remove(root: CID, signal?: AbortSignal): Promise<boolean>;
}

/** What every target needs from its surroundings: core has no environment and no randomness of its own. */
export interface TargetContext {
  /** `Bearer …` or `Basic …`. Never shown. */
  readonly authorization?: string;
  /** How long nothing may move before a target counts as out of reach. */
  readonly timeoutMs: number;
  /** Uniform in [0, 1): spreads retries, and picks the blocks that are read back. */
  readonly random: () => number;
}
