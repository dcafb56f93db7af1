import { concatBytes } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import { checkHeader, HEADER_END, MAX_HEADER_BYTES } from './header.ts';
import type { Identities } from './identities.ts';
import { readableOf } from './readable.ts';

/**
 * The plaintext of an age file, in pieces of 64 KiB, each authenticated. That the file was not cut short is known at the end alone:
 * nothing is to be used before that.
 *
 * @param what a noun for messages: `evidence.car.age`
 * @throws StemmaError CIPHERTEXT_INVALID, RECIPIENT_OTHER, and whatever `ciphertext` throws
 */
export async function* decryptWith(
  { decrypter }: Identities,
  ciphertext: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array> {
  const iterator = ciphertext[Symbol.asyncIterator]();
  try {
    const head = await readHead(iterator);
    checkHeader(head, what);
    const whole = continued(head, iterator);
    // A failure of the file itself must not be taken for one of the cipher.
    yield* await decrypter.decrypt(readableOf(whole));
  } catch (error) {
    throw explained(error, what);
  } finally {
    await iterator.return?.();
  }
}

/** As many bytes as hold the header, or as a header may have. */
async function readHead(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array();
  while (head.length < MAX_HEADER_BYTES && !HEADER_END.test(textOf(head))) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = concatBytes(head, next.value);
  }
  return head;
}

const textOf = (head: Uint8Array): string => Buffer.from(head.subarray(0, MAX_HEADER_BYTES)).toString('latin1');

async function* continued(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
}

function explained(error: unknown, what: string): unknown {
  if (isStemmaError(error) || !(error instanceof Error)) return error;
  if (/no identity matched/.test(error.message)) {
    return new StemmaError('RECIPIENT_OTHER', `${what} is encrypted to others: none of the given keys opens it`, {
      hint: 'name with --decrypt-with the key file of one whom it was encrypted to',
    });
  }
  return new StemmaError(
    'CIPHERTEXT_INVALID',
    `${what} does not decrypt: it was changed or cut short since it was encrypted`,
    { cause: error, hint: 'fetch or copy it again' },
  );
}
