import { closeSync } from 'node:fs';
import { equalBytes, quote } from '../bytes/index.ts';
import { assertUnchanged, openChecked, readBlock, sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { type DagSource, type ListedFile, leafBytes } from './source.ts';
import { LEAF_BYTES } from './unixfs/file.ts';
import type { PlannedBlock } from './unixfs/plan.ts';

export type PlannedLeaf = Extract<PlannedBlock, { readonly leaf: number }>;

/** Reads leaves again, each held to the digest that it had when the files were first read. One file is open at a time. */
export class LeafReader {
  #open: { readonly file: ListedFile; readonly fd: number } | undefined;

  /**
   * @throws StemmaError FILE_CHANGED, FILE_UNREADABLE, NOT_A_REGULAR_FILE
   */
  read({ leaf, length, digest }: PlannedLeaf, { content }: DagSource): Uint8Array {
    if (content instanceof Uint8Array) return leafBytes(content, leaf);
    const bytes = new Uint8Array(length);
    readBlock(content, this.#descriptor(content), bytes, leaf * LEAF_BYTES);
    if (equalBytes(sha256(bytes), digest)) return bytes;
    const where = `its bytes from ${leaf * LEAF_BYTES} on differ`;
    throw new StemmaError('FILE_CHANGED', `${quote(content.path)} changed after it was hashed: ${where}`, {
      details: { path: content.path },
    });
  }

  /** @throws StemmaError FILE_CHANGED where the last file is no longer the one that was listed */
  close(): void {
    const file = this.#open?.file;
    this.abandon();
    if (file !== undefined) assertUnchanged(file);
  }

  /** Closes the file that is open, whatever became of it. */
  abandon(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  #descriptor(file: ListedFile): number {
    // By its place: the list makes a new object each time that it is asked.
    if (this.#open?.file.location === file.location) return this.#open.fd;
    this.close();
    const fd = openChecked(file);
    this.#open = { file, fd };
    return fd;
  }
}
