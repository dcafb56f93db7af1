import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { hexEncode } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { temporaryName, writeSynced } from '../evidence/index.ts';
import { makeShard, type ObjectKind, objectPath, type Store } from './layout.ts';

/** The largest bundle that is read (attestation/bundle.ts), and the largest manifest that is taken. */
export const MAX_OBJECT_BYTES: Readonly<Record<ObjectKind, number>> = {
  bundles: 64 * 1024 * 1024,
  manifests: 512 * 1024 * 1024,
};

/**
 * The bytes of an object, which are what its name says. Synchronous: an index is rebuilt from a hundred thousand small files,
 * and a promise for each costs more than its reading.
 *
 * @throws StemmaError STORE_INVALID for anything but a regular file with exactly these bytes; PATH_NOT_FOUND; FILE_UNREADABLE
 */
export function readObject(store: Store, kind: ObjectKind, name: string): Uint8Array {
  const bytes = readRegular(objectPath(store, kind, name), kind, name);
  if (hexEncode(sha256(bytes)) !== name) throw damaged(name, 'its bytes have another SHA-256 than its name');
  return bytes;
}

const damaged = (name: string, why: string): StemmaError =>
  new StemmaError('STORE_INVALID', `the object ${name.slice(0, 12)} of the store is damaged: ${why}`, {
    hint: 'remove it from the store, and add its evidence once more',
    details: { object: name },
  });

function readRegular(file: string, kind: ObjectKind, name: string): Uint8Array {
  let descriptor: number | undefined;
  try {
    // A FIFO must not block us, nor a link lead us elsewhere.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw damaged(name, 'it is not a regular file');
    if (stat.size > MAX_OBJECT_BYTES[kind]) throw damaged(name, `it has ${stat.size} bytes`);
    const bytes = new Uint8Array(stat.size);
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(descriptor, bytes, at, bytes.length - at, at);
      if (read === 0) throw damaged(name, 'it became shorter while it was read');
      at += read;
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof StemmaError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT') throw new StemmaError('PATH_NOT_FOUND', `no object ${name.slice(0, 12)} in the store`);
    if (code === 'ELOOP' || code === 'EMLINK') throw damaged(name, 'it is a symbolic link');
    throw new StemmaError('FILE_UNREADABLE', `cannot read the object ${name.slice(0, 12)} of the store: ${code}`, {
      cause,
    });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

export interface PutResult {
  readonly name: string;
  /** False where the store had it already. */
  readonly added: boolean;
}

/**
 * Puts bytes into the store under their own SHA-256. Whole or not at all: a process that is killed meanwhile, or a second one
 * that adds the same, leaves no half of an object under a name.
 *
 * @throws StemmaError STORE_INVALID, WRITE_FAILED
 */
export async function putObject(store: Store, kind: ObjectKind, bytes: Uint8Array): Promise<PutResult> {
  const name = hexEncode(sha256(bytes));
  if (holds(store, kind, name)) return { name, added: false };
  const file = objectPath(store, kind, name);
  let temporary = file;
  try {
    temporary = path.join(makeShard(store, kind, name), temporaryName(file));
    await writeSynced(temporary, bytes, 0o600);
    await rename(temporary, file);
  } catch (cause) {
    if (temporary !== file) await unlink(temporary).catch(() => undefined);
    if (cause instanceof StemmaError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StemmaError('WRITE_FAILED', `cannot write to the store: ${code}`, {
      cause,
      hint: 'nothing was left half-written; make room, or choose another place with --store',
    });
  }
  return { name, added: true };
}

/** A damaged object does not count as held: it is replaced. */
function holds(store: Store, kind: ObjectKind, name: string): boolean {
  try {
    readObject(store, kind, name);
    return true;
  } catch (error) {
    if (error instanceof StemmaError) return false;
    throw error;
  }
}
