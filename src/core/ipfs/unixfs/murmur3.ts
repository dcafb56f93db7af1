/** MurmurHash3 x64 128 by A. Appleby (public domain), of which UnixFS takes the first 64 bits: `murmur3-x64-64`. No cryptography. */

const MASK = 0xffffffffffffffffn;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function mix1(k: bigint): bigint {
  return (rotate((k * C1) & MASK, 31n) * C2) & MASK;
}

function mix2(k: bigint): bigint {
  return (rotate((k * C2) & MASK, 33n) * C1) & MASK;
}

function finalise(value: bigint): bigint {
  let k = value;
  k = ((k ^ (k >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
  k = ((k ^ (k >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
  return k ^ (k >> 33n);
}

/** Little-endian, of up to eight bytes. */
function word(bytes: Uint8Array, start: number, end: number): bigint {
  let low = 0;
  let high = 0;
  for (let i = Math.min(end, start + 4) - 1; i >= start; i--) low = low * 256 + (bytes[i] as number);
  for (let i = Math.min(end, start + 8) - 1; i >= start + 4; i--) high = high * 256 + (bytes[i] as number);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The first 64 bits, with seed 0. */
export function murmur3x64(bytes: Uint8Array): bigint {
  const { length } = bytes;
  const whole = length - (length % 16);
  let h1 = 0n;
  let h2 = 0n;
  for (let at = 0; at < whole; at += 16) {
    h1 ^= mix1(word(bytes, at, at + 8));
    h1 = (((rotate(h1, 27n) + h2) & MASK) * 5n + 0x52dce729n) & MASK;
    h2 ^= mix2(word(bytes, at + 8, at + 16));
    h2 = (((rotate(h2, 31n) + h1) & MASK) * 5n + 0x38495ab5n) & MASK;
  }
  if (length > whole + 8) h2 ^= mix2(word(bytes, whole + 8, length));
  if (length > whole) h1 ^= mix1(word(bytes, whole, Math.min(length, whole + 8)));
  h1 ^= BigInt(length);
  h2 ^= BigInt(length);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  h1 = finalise(h1);
  h2 = finalise(h2);
  return (h1 + h2) & MASK;
}
