/**
 * The hash functions in plain JavaScript, for browsers and for hosts without a native BLAKE3. Imports no `node:` module.
 * About ten times slower than native code: never used on weights where a native function loads.
 */
import { blake2b } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import type { HashName, IncrementalHash } from './algorithms.ts';

const FUNCTIONS = { sha256: nobleSha256, blake3, blake2b } as const;

export function sha256(data: Uint8Array): Uint8Array {
  return nobleSha256(data);
}

export function hashBytes(name: HashName, data: Uint8Array): Uint8Array {
  return FUNCTIONS[name](data);
}

export function createHash(name: HashName): IncrementalHash {
  return FUNCTIONS[name].create();
}
