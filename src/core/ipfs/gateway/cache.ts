import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { sha256 } from '../../digest/index.ts';
import { isStemmaError } from '../../errors/index.ts';
import { readSmallFile, writeFileAtomic } from '../../evidence/index.ts';
import { type BlockSource, checkBlock, MAX_BLOCK_BYTES } from '../block.ts';
import { formatCid } from '../cid.ts';

/**
 * Keeps the blocks of another source in a folder, each under its CID, and gives them from there the next time. What lies there is
 * held to the CID like anything else: a file that somebody changed is removed, and the block asked for again. The folder may be
 * emptied at any time, and what cannot be written there is not kept.
 */
export function cachedSource(source: BlockSource, folder: string): BlockSource {
  return {
    async get(cid, signal) {
      const file = path.join(folder, formatCid(cid));
      const known = await fromCache(file, cid);
      if (known !== undefined) return known;
      const bytes = await source.get(cid, signal);
      await writeFileAtomic(file, bytes).catch(() => undefined);
      return bytes;
    },
  };
}

async function fromCache(file: string, cid: CID): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readSmallFile(file, { maxBytes: MAX_BLOCK_BYTES, followLink: false });
    checkBlock({ cid, bytes }, sha256);
    return bytes;
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    if (error.code !== 'PATH_NOT_FOUND') await rm(file, { force: true }).catch(() => undefined);
    return undefined;
  }
}
