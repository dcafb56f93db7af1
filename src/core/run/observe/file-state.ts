import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { throwIfAborted } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { digestHandle } from '../digest-handle.ts';

/** What is known of a file after the run. */
export type FileState =
  | { readonly kind: 'same'; readonly sha256: Uint8Array; readonly size: number }
  /** Made, replaced or written since the run started: what was read is not known. */
  | { readonly kind: 'changed' }
  /** Gone, or not to be read by us. */
  | { readonly kind: 'gone' }
  /** A folder, a device, a pipe. */
  | { readonly kind: 'other' };

/**
 * Digests a file that a run has read. A file whose change time is that of the run or later is not digested: only then are its bytes
 * of now those that were read. (A change time is set by the kernel; `touch` does not move it back.)
 *
 * @param file its name as bytes
 * @param since nanoseconds, as the same kernel counts them
 */
export async function stateOf(file: Uint8Array, since: bigint, { signal }: AbortOptions): Promise<FileState> {
  let handle: FileHandle;
  try {
    // A pipe in the place of the file would hold us up; a link, lead us elsewhere.
    handle = await open(Buffer.from(file), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return { kind: 'gone' };
  }
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) return { kind: 'other' };
    if (before.ctimeNs >= since) return { kind: 'changed' };
    const { sha256, size } = await digestHandle(handle, { signal });
    const after = await handle.stat({ bigint: true });
    if (after.ctimeNs !== before.ctimeNs || after.size !== BigInt(size)) return { kind: 'changed' };
    return { kind: 'same', sha256, size };
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof RangeError || error instanceof TypeError) throw error;
    return { kind: 'gone' };
  } finally {
    await handle.close();
  }
}
