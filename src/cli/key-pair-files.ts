import { link, lstat, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { syncFolder, temporaryName, writeSynced } from '../core/evidence/index.ts';
import { systemErrorCode } from './system-error.ts';

export interface KeyPairFiles {
  readonly privateFile: string;
  readonly publicFile: string;
}

/**
 * `NAME.key` and `NAME.pub`, refusing names that are taken, so that nobody is asked for a passphrase in vain.
 *
 * @throws StemmaError WOULD_OVERWRITE unless `force`
 */
export async function keyPairFiles(base: string, force: boolean): Promise<KeyPairFiles> {
  const files = { privateFile: `${base}.key`, publicFile: `${base}.pub` };
  for (const file of Object.values(files)) {
    const exists = await lstat(file).then(
      () => true,
      () => false,
    );
    if (exists && !force) throw wouldOverwrite(file);
  }
  return files;
}

/**
 * Writes both files whole or neither: each to a temporary file, synced, then put in place. Without `force` that is a hard
 * link, which fails where a file has appeared in the meantime; with it, what was there before comes back if the second one
 * cannot be written.
 *
 * @throws StemmaError WOULD_OVERWRITE, WRITE_FAILED
 */
export async function writeKeyPair(
  files: KeyPairFiles,
  pem: { private: string; public: string },
  force: boolean,
): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  const temporaries: string[] = [];
  try {
    const privateTemporary = await writeTemporary(files.privateFile, pem.private, 0o600, temporaries);
    const publicTemporary = await writeTemporary(files.publicFile, pem.public, 0o644, temporaries);
    await putInPlace(privateTemporary, files.privateFile, force, undo, temporaries);
    await putInPlace(publicTemporary, files.publicFile, force, undo, temporaries);
    await syncFolder(path.dirname(files.privateFile));
  } catch (cause) {
    for (const step of undo.toReversed()) await step().catch(() => undefined);
    if (cause instanceof StemmaError) throw cause;
    const code = systemErrorCode(cause) ?? 'unknown reason';
    const name = quote(path.basename(files.privateFile));
    throw new StemmaError('WRITE_FAILED', `the key pair ${name} cannot be written: ${code}`, {
      cause,
    });
  } finally {
    for (const file of temporaries) await rm(file, { force: true }).catch(() => undefined);
  }
}

async function writeTemporary(target: string, text: string, mode: number, temporaries: string[]): Promise<string> {
  const file = temporaryBeside(target);
  temporaries.push(file);
  await writeSynced(file, text, mode);
  return file;
}

async function putInPlace(
  temporary: string,
  target: string,
  force: boolean,
  undo: (() => Promise<unknown>)[],
  temporaries: string[],
): Promise<void> {
  if (force) {
    const backup = temporaryBeside(target);
    const existed = await link(target, backup).then(() => true, isMissing);
    if (existed) temporaries.push(backup);
    await rename(temporary, target);
    undo.push(() => (existed ? rename(backup, target) : rm(target)));
    return;
  }
  await link(temporary, target).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? wouldOverwrite(target) : error;
  });
  undo.push(() => rm(target));
}

function isMissing(error: NodeJS.ErrnoException): false {
  if (error.code === 'ENOENT') return false;
  throw error;
}

function temporaryBeside(target: string): string {
  return path.join(path.dirname(target), temporaryName(path.basename(target)));
}

function wouldOverwrite(file: string): StemmaError {
  return new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(file))} exists already`, {
    hint: 'choose another name; --force replaces the pair, and with it the only copy of the old key',
  });
}
