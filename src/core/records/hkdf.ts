import { concatBytes } from '../bytes/index.ts';
import type { HashFunction } from '../merkle/index.ts';

/** Of SHA-256, in bytes: a block of its input, and its output. */
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const FIRST_BLOCK = Uint8Array.of(1);

/**
 * HKDF-SHA256 (RFC 5869) with an empty salt, for output of at most one block. SHA-256 comes in as a parameter, so that this
 * runs in a browser as it does in Node, and at the speed of native code there: each value costs two calls.
 */
export class Hkdf {
  readonly #sha256: HashFunction;
  readonly #innerPad: Uint8Array;
  readonly #outerPad: Uint8Array;

  /** @param secret the input keying material */
  constructor(sha256: HashFunction, secret: Uint8Array) {
    this.#sha256 = sha256;
    // Extract: an empty salt is a key of zeros (RFC 5869 §2.2).
    const zeros = new Uint8Array(HASH_BYTES);
    const key = hmac(sha256, padded(zeros, 0x36), padded(zeros, 0x5c), secret);
    this.#innerPad = padded(key, 0x36);
    this.#outerPad = padded(key, 0x5c);
  }

  /**
   * @param length in bytes
   * @throws RangeError for more than 32 bytes
   */
  expand(info: Uint8Array, length: number): Uint8Array {
    if (length > HASH_BYTES) throw new RangeError(`"length" expected at most ${HASH_BYTES}, got ${length}`);
    return hmac(this.#sha256, this.#innerPad, this.#outerPad, info, FIRST_BLOCK).slice(0, length);
  }
}

/** HMAC (RFC 2104) under a key that is given as its two pads. */
function hmac(sha256: HashFunction, innerPad: Uint8Array, outerPad: Uint8Array, ...data: Uint8Array[]): Uint8Array {
  return sha256(concatBytes(outerPad, sha256(concatBytes(innerPad, ...data))));
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES).fill(pad);
  for (const [i, byte] of key.entries()) block[i] = byte ^ pad;
  return block;
}
