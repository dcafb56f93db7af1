import { readableOf } from './readable.ts';
import type { Recipients } from './recipients.ts';

/**
 * The age file (https://age-encryption.org/v1) of some bytes, in pieces: 64 KiB are held at a time. Two encryptions of one plaintext
 * differ, and have nothing in common that could be looked for.
 *
 * @throws whatever `plaintext` throws
 */
export async function* encryptTo(
  { encrypter }: Recipients,
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* await encrypter.encrypt(readableOf(plaintext));
}
