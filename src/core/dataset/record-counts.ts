/** Of a record's SHA-256, the first 16 bytes: two records with the same are found with 2^64 tries, and by chance never. */
const KEY_WORDS = 4;

const FIRST_SLOTS = 1024;

/** How often each record occurs, in a hash table of 20 bytes a slot: a `Map` of strings would take ten times as much. */
export class RecordCounts {
  #keys = new Uint32Array(FIRST_SLOTS * KEY_WORDS);
  #counts = new Int32Array(FIRST_SLOTS);
  #used = 0;
  readonly #key = new Uint32Array(KEY_WORDS);

  /**
   * Adds to the count of a record.
   *
   * @param hash SHA-256 of the record
   * @returns the count before
   */
  add(hash: Uint8Array, by: number): number {
    for (let i = 0; i < KEY_WORDS; i++) this.#key[i] = wordAt(hash, 4 * i);
    const slot = this.#slotOf(this.#key);
    const before = this.#counts[slot] as number;
    this.#counts[slot] = before + by;
    if (2 * this.#used > this.#counts.length) this.#grow();
    return before;
  }

  /** The sum of the counts above zero, and that of those below, as two numbers of at least 0. */
  totals(): { readonly above: number; readonly below: number } {
    let above = 0;
    let below = 0;
    for (const count of this.#counts) {
      if (count > 0) above += count;
      else below -= count;
    }
    return { above, below };
  }

  /** Linear probing. A slot whose key is zero is free: no record has that hash. */
  #slotOf(key: Uint32Array): number {
    const keys = this.#keys;
    const mask = this.#counts.length - 1;
    for (let slot = (key[1] as number) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * KEY_WORDS;
      const [a, b, c, d] = [keys[at], keys[at + 1], keys[at + 2], keys[at + 3]];
      if (a === key[0] && b === key[1] && c === key[2] && d === key[3]) return slot;
      if (a === 0 && b === 0 && c === 0 && d === 0) {
        keys.set(key, at);
        this.#used++;
        return slot;
      }
    }
  }

  /** Never more than half full, whatever hashes somebody has picked. */
  #grow(): void {
    const [keys, counts] = [this.#keys, this.#counts];
    this.#keys = new Uint32Array(2 * keys.length);
    this.#counts = new Int32Array(2 * counts.length);
    this.#used = 0;
    for (let slot = 0; slot < counts.length; slot++) {
      const key = keys.subarray(slot * KEY_WORDS, (slot + 1) * KEY_WORDS);
      if (key.some((word) => word !== 0)) this.#counts[this.#slotOf(key)] = counts[slot] as number;
    }
  }
}

/** Four bytes of a hash as a number of 32 bits. */
export function wordAt(hash: Uint8Array, at: number): number {
  return (
    (((hash[at] as number) << 24) |
      ((hash[at + 1] as number) << 16) |
      ((hash[at + 2] as number) << 8) |
      (hash[at + 3] as number)) >>>
    0
  );
}
