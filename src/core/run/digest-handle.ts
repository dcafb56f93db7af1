import type { FileHandle } from 'node:fs/promises';
import { createHash } from '../digest/index.ts';
import { throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';

const BLOCK_BYTES = 1024 * 1024;

/** Digests an open file from its beginning to what is then its end. */
export async function digestHandle(
  handle: FileHandle,
  { signal }: AbortOptions,
): Promise<{ readonly sha256: Uint8Array; readonly size: number }> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let size = 0; ; ) {
    throwIfAborted(signal);
    const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, size);
    if (bytesRead === 0) return { sha256: hash.digest(), size };
    hash.update(block.subarray(0, bytesRead));
    size += bytesRead;
  }
}
