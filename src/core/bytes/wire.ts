/** Fixed-width integers and byte strings as design §3 writes them: big-endian, exact lengths. */

export function bigEndian32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw new RangeError(`"value" expected u32, got ${value}`);
  const out = new Uint8Array(4);
  put32(out, 0, value);
  return out;
}

/** Accepts safe integers and bigints below 2^64. */
export function bigEndian64(value: number | bigint): Uint8Array {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new RangeError(`"value" expected u64, got ${value}`);
  if (value < 0 || value > 0xffffffffffffffffn) throw new RangeError(`"value" expected u64, got ${value}`);
  const out = new Uint8Array(8);
  put32(out, 0, typeof value === 'number' ? Math.floor(value / 2 ** 32) : Number(value >> 32n));
  put32(out, 4, typeof value === 'number' ? value % 2 ** 32 : Number(value & 0xffffffffn));
  return out;
}

/** Not by a DataView: it would have the engine move these few bytes into a buffer of their own, at ten times the cost. */
function put32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts);
}

/** `concatBytes` of a list, which may be too long to be arguments. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic order of unsigned bytes. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const d = (a[i] as number) - (b[i] as number);
    if (d !== 0) return d;
  }
  return a.length - b.length;
}
