import type { CID } from 'multiformats/cid';
import { type BlockSource, type ReadLimits, readFolder } from '../../../../src/core/ipfs/index.ts';

export const LIMITS: ReadLimits = { maxBytes: 64 * 1024 * 1024 };

/** Everything in a folder, read whole. */
export async function readAll(
  source: BlockSource,
  root: CID,
  limits: ReadLimits = LIMITS,
): Promise<Map<string, Buffer>> {
  const out = new Map<string, Buffer>();
  for await (const file of readFolder(source, root, limits)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of file.bytes()) pieces.push(piece);
    const content = Buffer.concat(pieces);
    if (content.length !== file.size) throw new Error(`${file.path}: ${file.size} bytes said, ${content.length} given`);
    out.set(file.path, content);
  }
  return out;
}
