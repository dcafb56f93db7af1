/** Texts in the order in which they were added, as UTF-8, one after the other: a string takes some 40 bytes more. */
export class TextColumn {
  #bytes = Buffer.alloc(4096);
  /** Where each ends. */
  #ends = new Float64Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(text: string): void {
    const start = this.#start(this.#length);
    const end = start + Buffer.byteLength(text);
    while (end > this.#bytes.length) this.#bytes = Buffer.from(this.#bytes.buffer.transfer(2 * this.#bytes.length));
    if (this.#length === this.#ends.length) {
      this.#ends = new Float64Array(this.#ends.buffer.transfer(2 * this.#ends.byteLength));
    }
    this.#bytes.write(text, start);
    this.#ends[this.#length++] = end;
  }

  /** @param index of the column: others have no text */
  at(index: number): string {
    return this.#bytes.toString('utf8', this.#start(index), this.#ends[index]);
  }

  /** Orders two of the texts by their bytes. */
  compare(a: number, b: number): number {
    const startOfA = this.#start(a);
    const startOfB = this.#start(b);
    const bytesOfA = (this.#ends[a] as number) - startOfA;
    const bytesOfB = (this.#ends[b] as number) - startOfB;
    const shorter = Math.min(bytesOfA, bytesOfB);
    for (let i = 0; i < shorter; i++) {
      const order = (this.#bytes[startOfA + i] as number) - (this.#bytes[startOfB + i] as number);
      if (order !== 0) return order;
    }
    return bytesOfA - bytesOfB;
  }

  /** Orders one of the texts and another one, given as UTF-8, by their bytes. */
  compareWith(index: number, text: Uint8Array): number {
    return this.#bytes.compare(text, 0, text.length, this.#start(index), this.#ends[index]);
  }

  /** All indices, in the order of the texts' bytes. */
  sorted(): Uint32Array<ArrayBuffer> {
    const indices = new Uint32Array(this.#length);
    for (let index = 0; index < indices.length; index++) indices[index] = index;
    indices.sort((a, b) => this.compare(a, b));
    return indices;
  }

  #start(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] as number);
  }
}
