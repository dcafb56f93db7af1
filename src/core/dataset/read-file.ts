import { closeSync } from 'node:fs';
import { assertUnchanged, openChecked, readBlock } from '../digest/index.ts';
import { throwIfAborted } from '../errors/index.ts';
import type { ModelFile } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';

const BUFFER_BYTES = 256 * 1024;
/** How much is read between two chances for Ctrl-C and progress. */
const BYTES_PER_TURN = 16 * 1024 * 1024;

export interface ReadFileOptions extends AbortOptions {
  /** Told how many bytes of the file were read. */
  readonly onRead?: (bytes: number) => void;
}

/**
 * Reads a listed file from begin to end, once, in pieces; a piece is good until the next. It must stay what it was when it was
 * listed.
 *
 * @param name what to call it in messages
 * @throws StemmaError FILE_UNREADABLE, NOT_A_REGULAR_FILE, FILE_CHANGED, INTERRUPTED
 */
export async function readFile(
  { path, location, size, identity }: ModelFile,
  name: string,
  push: (chunk: Uint8Array) => void,
  { signal, onRead }: ReadFileOptions = {},
): Promise<void> {
  const checked = { path: path === '' ? name : path, location, followLink: false, identity };
  const fd = openChecked(checked);
  try {
    const buffer = new Uint8Array(Math.min(BUFFER_BYTES, size));
    let turn = 0;
    for (let at = 0; at < size; ) {
      const block = buffer.subarray(0, Math.min(buffer.length, size - at));
      readBlock(checked, fd, block, at);
      push(block);
      at += block.length;
      turn += block.length;
      if (turn < BYTES_PER_TURN) continue;
      turn = 0;
      onRead?.(at);
      await new Promise((resolve) => setImmediate(resolve));
      throwIfAborted(signal);
    }
  } finally {
    closeSync(fd);
  }
  assertUnchanged(checked);
  onRead?.(size);
}
