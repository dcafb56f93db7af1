import { bigEndian64, concatBytes, encodeUtf8 } from '../bytes/index.ts';
import type { HashFunction } from '../merkle/index.ts';
import { Hkdf } from './hkdf.ts';
import { SALTED_RECORD_TAG } from './tags.ts';

/** Length of a secret: of one log, or of a whole dataset. */
export const SECRET_BYTES = 32;
export const SALT_BYTES = 16;

/**
 * The salts of one log (design §3, "Salted"): who knows a salt can try records against its leaf, who does not cannot, however
 * few records are possible. Each is derived from the log's secret and its position, so that one can be shown without the others.
 */
export class RecordSalts {
  readonly #hkdf: Hkdf;

  /**
   * @param sha256 SHA-256 at once
   * @param secret of this log alone, 32 bytes: under one secret, equal records at equal positions of two logs would have equal leaves
   * @throws RangeError for another length
   */
  constructor(sha256: HashFunction, secret: Uint8Array) {
    requireLength(secret);
    this.#hkdf = new Hkdf(sha256, secret);
  }

  /** The 16-byte salt of the record at a position counted from 0. */
  salt(index: number): Uint8Array {
    return this.#hkdf.expand(concatBytes(SALTED_RECORD_TAG, bigEndian64(index)), SALT_BYTES);
  }
}

/**
 * The secret of one file of a salted dataset, from the dataset's: 32 bytes. A path has no NUL, so that no path is the `info` of a
 * record's salt.
 *
 * @param path relative to the dataset; empty for a single file
 * @throws RangeError for a master secret of another length than 32 bytes
 */
export function fileSecret(sha256: HashFunction, master: Uint8Array, path: string): Uint8Array {
  requireLength(master);
  return new Hkdf(sha256, master).expand(encodeUtf8(path), SECRET_BYTES);
}

function requireLength(secret: Uint8Array): void {
  if (secret.length !== SECRET_BYTES)
    throw new RangeError(`a secret is expected to have ${SECRET_BYTES} bytes, got ${secret.length}`);
}
