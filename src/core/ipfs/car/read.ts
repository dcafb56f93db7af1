import type { CID } from 'multiformats/cid';
import type { AbortOptions } from '../../progress/index.ts';
import type { BlockSource } from '../block.ts';

export interface CarLimits {
  /** Frames in the file. */
  readonly maxBlocks: number;
  /** Bytes of the file. */
  readonly maxBytes: number;
}

/** An opened CAR: what it says are its roots is a claim; whoever reads walks from the root that he expects. */
export interface Car extends BlockSource {
  readonly roots: readonly CID[];
  readonly blockCount: number;
  close(): Promise<void>;
}

/**
 * Opens a CARv1 or CARv2 and hashes every block in it.
 *
 * @param path a file that the caller named; may be a symbolic link
 * @throws StemmaError CAR_INVALID, BLOCK_MISMATCH, TOO_LARGE, PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE, INTERRUPTED
 */
export function openCar(_path: string, _limits: CarLimits, _options: AbortOptions = {}): Promise<Car> {
  throw new Error('to come');
}
