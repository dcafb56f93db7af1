/** Mulberry32: a small seeded generator, so that a failure can be run again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Flip {
  readonly offset: number;
  readonly bit: number;
}

/** One bit of every byte of `[start, end)`, which one chosen by the seed. */
export function flipsOfEveryByte(start: number, end: number, seed: number): Flip[] {
  const random = seeded(seed);
  return Array.from({ length: end - start }, (_, index) => ({ offset: start + index, bit: Math.floor(random() * 8) }));
}

export function flipsAtRandom(start: number, end: number, count: number, seed: number): Flip[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => ({
    offset: start + Math.floor(random() * (end - start)),
    bit: Math.floor(random() * 8),
  }));
}

export function flipped(bytes: Uint8Array, { offset, bit }: Flip): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[offset] = (copy[offset] ?? 0) ^ (1 << bit);
  return copy;
}
