import { digestLength, type IncrementalHash } from './algorithms.ts';
import { createHash, hashBytes } from './native.ts';
import type { SegmentDigests, TaskSegments } from './task.ts';

/** Cuts a stream of blocks into consecutive segments and digests each one that is wanted. */
export class SegmentFeed {
  readonly #request: TaskSegments;
  readonly #digests: Uint8Array<ArrayBuffer>;
  #index = 0;
  #remaining = 0;
  #hash: IncrementalHash | undefined;

  constructor(request: TaskSegments) {
    this.#request = request;
    this.#digests = new Uint8Array(request.lengths.length * digestLength[request.hash]);
    this.#enter(0);
  }

  /** Takes the next bytes, in order; the blocks of a task together are exactly as long as its segments. */
  feed(block: Uint8Array): void {
    for (let at = 0; at < block.length; ) {
      const piece = block.subarray(at, at + this.#remaining);
      at += piece.length;
      this.#take(piece);
    }
  }

  finish(): SegmentDigests {
    return { offset: this.#request.first * digestLength[this.#request.hash], digests: this.#digests };
  }

  #take(piece: Uint8Array): void {
    const last = piece.length === this.#remaining;
    if (this.#request.wanted?.[this.#index] !== 0) {
      // A segment inside one block needs no object: most tensors of a small model are such.
      if (last && this.#hash === undefined) this.#store(hashBytes(this.#request.hash, piece));
      else {
        this.#hash ??= createHash(this.#request.hash);
        this.#hash.update(piece);
        if (last) this.#store(this.#hash.digest());
      }
    }
    if (last) this.#enter(this.#index + 1);
    else this.#remaining -= piece.length;
  }

  #store(digest: Uint8Array): void {
    this.#digests.set(digest, this.#index * digest.length);
    this.#hash = undefined;
  }

  /** Moves to a segment, digesting empty ones on the way. */
  #enter(index: number): void {
    const { lengths } = this.#request;
    this.#index = index;
    this.#remaining = lengths[index] ?? 0;
    while (this.#index < lengths.length && this.#remaining === 0) {
      if (this.#request.wanted?.[this.#index] !== 0) this.#store(hashBytes(this.#request.hash, new Uint8Array(0)));
      this.#index++;
      this.#remaining = lengths[this.#index] ?? 0;
    }
  }
}
