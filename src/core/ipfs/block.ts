import type { CID } from 'multiformats/cid';
import { equalBytes } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { HashFunction } from '../merkle/index.ts';
import { formatCid } from './cid.ts';

/** What Bitswap and the gateways carry at most. Our own blocks have 1 MiB at most, but for big directories made by others. */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024;

export interface Block {
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

/** Blocks by CID, from wherever: every implementation has hashed the bytes against the CID before it returns them. */
export interface BlockSource {
  /** @throws StemmaError BLOCK_MISSING, BLOCK_MISMATCH, TOO_LARGE, INTERRUPTED, and what the source adds */
  get(cid: CID, signal?: AbortSignal): Promise<Uint8Array>;
}

/**
 * Holds bytes to their CID. Blocks of the bare minimum are as suspect as others: nothing that was received is used before this.
 *
 * @param sha256 the native one in Node: this meets weights
 * @throws StemmaError TOO_LARGE, BLOCK_MISMATCH
 */
export function checkBlock({ cid, bytes }: Block, sha256: HashFunction): void {
  if (bytes.length > MAX_BLOCK_BYTES) {
    const why = `${bytes.length} bytes; a block has at most ${MAX_BLOCK_BYTES}`;
    throw new StemmaError('TOO_LARGE', `block ${formatCid(cid)} has ${why}`);
  }
  if (equalBytes(sha256(bytes), cid.multihash.digest)) return;
  throw new StemmaError('BLOCK_MISMATCH', `the bytes received for block ${formatCid(cid)} are not those of its CID`, {
    hint: 'fetch it from another source, or use an intact copy of the archive',
    details: { cid: formatCid(cid) },
  });
}

export function blockMissing(cid: CID, where: string): StemmaError {
  return new StemmaError('BLOCK_MISSING', `${where} does not hold block ${formatCid(cid)}`, {
    details: { cid: formatCid(cid) },
  });
}
