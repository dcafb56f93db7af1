import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

/** A PEM block of a private key, or an age identity, in the beginning of a file. */
const SECRET = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----|AGE-SECRET-KEY-/;
const BEGINNING_BYTES = 16 * 1024;
/** Of a salted log or dataset: so many bytes, for nobody else to read. */
const SALT_BYTES = 32;

/**
 * A private key has no copy: a mistyped output file must not be the end of it.
 *
 * @param found what `lstat` says of the file that is about to be replaced
 * @throws StemmaError WOULD_OVERWRITE where it is a private key or the secret of salted records
 */
export async function refuseSecret(file: string, found: Stats): Promise<void> {
  if (!found.isFile() || !(isSalt(found) || (await holdsKey(file)))) return;
  throw new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(file))} is a secret, and would be replaced`, {
    hint: 'choose another place to write to',
  });
}

function isSalt({ size, mode }: Stats): boolean {
  return size === SALT_BYTES && (mode & 0o077) === 0;
}

/** What cannot be read is no key that we could have been given. */
async function holdsKey(file: string): Promise<boolean> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (handle === undefined) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    return SECRET.test(buffer.toString('latin1', 0, bytesRead));
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}
