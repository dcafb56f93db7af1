import type { CID } from 'multiformats/cid';

/** Codec and SHA-256: what makes a block one of ours, in whichever version its CID is written. */
export interface BlockKey {
  readonly code: number;
  readonly digest: Uint8Array;
}

export function keyOf(cid: CID): BlockKey {
  return { code: cid.code, digest: cid.multihash.digest };
}

const DIGEST_BYTES = 32;
/** A codec of UnixFS fits in one byte. */
const KEY_BYTES = 1 + DIGEST_BYTES;

/**
 * A set of blocks, numbered in the order in which they were added. In flat arrays: as strings or objects, those of a large model
 * would take some hundred bytes for each MiB.
 */
export class BlockTable {
  #keys = new Uint8Array(64 * KEY_BYTES);
  /** Open addressing: index and one, or zero for a free slot. At most half full. */
  #slots = new Uint32Array(128);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a block. False where it is there already. */
  add(key: BlockKey): boolean {
    if (2 * this.#length >= this.#slots.length) this.#grow();
    const slot = this.#slotOf(key);
    if (this.#slots[slot] !== 0) return false;
    const at = this.#length * KEY_BYTES;
    this.#keys[at] = key.code;
    this.#keys.set(key.digest, at + 1);
    this.#slots[slot] = ++this.#length;
    return true;
  }

  /** Its number, counted from 0; undefined where it is not there. */
  find(key: BlockKey): number | undefined {
    const entry = this.#slots[this.#slotOf(key)] as number;
    return entry === 0 ? undefined : entry - 1;
  }

  /** Where the block is, or the free slot where it would be. Digests are spread evenly: their first bytes serve as the hash. */
  #slotOf({ code, digest }: BlockKey): number {
    const mask = this.#slots.length - 1;
    const [a = 0, b = 0, c = 0, d = 0] = digest;
    let slot = (a | (b << 8) | (c << 16) | (d << 24)) & mask;
    for (let entry = this.#slots[slot]; entry !== 0; entry = this.#slots[slot]) {
      if (this.#holds((entry as number) - 1, code, digest)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #holds(index: number, code: number, digest: Uint8Array): boolean {
    const at = index * KEY_BYTES;
    if (this.#keys[at] !== code) return false;
    for (let i = 0; i < DIGEST_BYTES; i++) if (this.#keys[at + 1 + i] !== digest[i]) return false;
    return true;
  }

  /** Room for twice as many. */
  #grow(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    const keys = new Uint8Array((this.#slots.length / 2) * KEY_BYTES);
    keys.set(this.#keys.subarray(0, this.#length * KEY_BYTES));
    this.#keys = keys;
    for (let index = 0; index < this.#length; index++) {
      const at = index * KEY_BYTES;
      const slot = this.#slotOf({ code: keys[at] as number, digest: keys.subarray(at + 1, at + KEY_BYTES) });
      this.#slots[slot] = index + 1;
    }
  }
}
