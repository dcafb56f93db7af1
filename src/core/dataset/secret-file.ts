import { randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { readIfPresent, syncFolder, writeSynced } from '../evidence/index.ts';
import { SECRET_BYTES } from '../records/index.ts';

/** More is no secret; it is read so far only to say how long it is. */
const MAX_BYTES = 64 * 1024;

/**
 * The secret of salted records in a file: exactly 32 bytes that nobody else can read; undefined where there is no such file. No
 * message holds any of them.
 *
 * @throws StemmaError SECRET_INVALID, NOT_A_REGULAR_FILE, FILE_UNREADABLE
 */
export async function readSecret(file: string): Promise<Uint8Array | undefined> {
  const bytes = await readIfPresent(file, { maxBytes: MAX_BYTES, followLink: true });
  if (bytes === undefined) return undefined;
  const name = quote(path.basename(file));
  const invalid = (why: string, hint: string): StemmaError =>
    new StemmaError('SECRET_INVALID', `the secret ${name} ${why}`, { hint });
  const other = 'name the file that was written when the records were attested, or one that is not there yet';
  if (bytes.length !== SECRET_BYTES)
    throw invalid(`is expected to have ${SECRET_BYTES} bytes, found ${bytes.length}`, other);
  if (new Set(bytes).size < SECRET_BYTES / 4) throw invalid('is not random', other);
  if (await isOpenToOthers(file)) throw invalid('can be read by other users', `chmod 600 ${path.basename(file)}`);
  return bytes;
}

async function isOpenToOthers(file: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  try {
    return ((await stat(file)).mode & 0o077) !== 0;
  } catch (cause) {
    throw new StemmaError('FILE_UNREADABLE', `the secret ${quote(path.basename(file))} went away`, { cause });
  }
}

/**
 * The same where there has to be one.
 *
 * @throws StemmaError PATH_NOT_FOUND, and as `readSecret`
 */
export async function requireSecret(file: string): Promise<Uint8Array> {
  const secret = await readSecret(file);
  if (secret !== undefined) return secret;
  throw new StemmaError('PATH_NOT_FOUND', `there is no secret ${quote(path.basename(file))}`, {
    hint: 'whoever attested the salted dataset or log has it',
  });
}

/** 32 random bytes. */
export function newSecret(): Uint8Array {
  return new Uint8Array(randomBytes(SECRET_BYTES));
}

/** A secret that is on the disk; to be removed again where what it was made for is not written after all. */
export interface WrittenSecret {
  discard(): Promise<void>;
}

/**
 * Writes a new secret for its owner alone (0600), and never over anything.
 *
 * @throws StemmaError WOULD_OVERWRITE, WRITE_FAILED
 */
export async function writeSecret(file: string, secret: Uint8Array): Promise<WrittenSecret> {
  const name = path.basename(file);
  try {
    await writeSynced(file, secret, 0o600);
    await syncFolder(path.dirname(path.resolve(file)));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'EEXIST')
      throw new StemmaError('WOULD_OVERWRITE', `the secret ${quote(name)} is there already`, { cause });
    throw new StemmaError('WRITE_FAILED', `cannot write the secret ${quote(name)}: ${code}`, { cause });
  }
  return { discard: () => rm(file, { force: true }) };
}
