/** The hash functions that bulk data meets. `blake2b` is BLAKE2b-512 and occurs in OMS statements made by others only. */
export type HashName = 'sha256' | 'blake3' | 'blake2b';

/** Digest lengths in bytes. */
export const digestLength: Readonly<Record<HashName, number>> = { sha256: 32, blake3: 32, blake2b: 64 };

/** A hash that is fed piece by piece; `digest` is called once, at the end. */
export interface IncrementalHash {
  update(data: Uint8Array): void;
  digest(): Uint8Array;
}

/** The multicodec table's codes for the two functions that our leaves may hold. */
const MULTIHASH_CODE = { sha256: 0x12, blake3: 0x1e } as const;

/**
 * Multihash of a 32-byte digest: function code, length, digest (design §3, `mh`).
 *
 * @throws RangeError if the digest is not 32 bytes long
 */
export function multihash(name: keyof typeof MULTIHASH_CODE, digest: Uint8Array): Uint8Array {
  if (digest.length !== 32) throw new RangeError(`"digest" expected 32 bytes, got ${digest.length}`);
  const out = new Uint8Array(34);
  out[0] = MULTIHASH_CODE[name];
  out[1] = 32;
  out.set(digest, 2);
  return out;
}
