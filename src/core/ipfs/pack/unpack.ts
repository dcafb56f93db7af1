import path from 'node:path';
import { quote } from '../../bytes/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../../errors/index.ts';
import { makeFolder, readChunks, writeSynced } from '../../evidence/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { decryptWith } from '../encrypt/decrypt.ts';
import { looksEncrypted } from '../encrypt/header.ts';
import type { Identities } from '../encrypt/identities.ts';
import { isAboutModel, type OpenedPack, openPack, type PackFile } from './open.ts';

/** What a pack has for a verification. Nothing of it is believed. */
export interface UnpackedPack {
  /** Base name of the file. */
  readonly source: string;
  /** Why nothing of it is used: then it has nothing. */
  readonly problem?: StemmaError;
  /** Attestations and signatures, their bytes in memory. */
  readonly evidence: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Of the model, where they were put; so are the others. */
  readonly manifests: readonly string[];
  readonly checkpoints: readonly string[];
  readonly transcripts: readonly string[];
  readonly predictions: readonly string[];
}

export interface UnpackOptions extends AbortOptions {
  /** Makes an empty folder that nobody else can look into, which the caller removes when he is done. */
  readonly folder: () => Promise<string>;
  readonly identities?: Identities | undefined;
}

/**
 * Opens evidence packs, encrypted ones as well, for a verification. One that is broken is a problem of its own, for the report.
 *
 * @throws StemmaError USAGE for an encrypted pack and no key; RECIPIENT_OTHER; PATH_NOT_FOUND; INTERRUPTED; KEY_INVALID; WRITE_FAILED
 */
export async function unpackEvidence(files: readonly string[], options: UnpackOptions): Promise<UnpackedPack[]> {
  const unpacked: UnpackedPack[] = [];
  for (const file of files) unpacked.push(await unpack(file, options));
  return unpacked;
}

async function unpack(file: string, options: UnpackOptions): Promise<UnpackedPack> {
  const source = path.basename(file);
  try {
    const car = await plainFile(file, options);
    const { signal } = options;
    const { files } = await openPack(car, { signal, source, take: taker(options) });
    const placesOf = (role: PackFile['role']): string[] =>
      files.flatMap((entry) => (entry.role === role && entry.location !== undefined ? [entry.location] : []));
    return {
      source,
      evidence: files.flatMap(({ path: at, bytes }) => (bytes === undefined ? [] : [{ path: at, bytes }])),
      manifests: placesOf('manifest'),
      checkpoints: placesOf('checkpoints'),
      transcripts: placesOf('transcript'),
      predictions: placesOf('predictions'),
    };
  } catch (error) {
    if (!isStemmaError(error) || error.errorClass === 'usage' || FATAL.has(error.code)) throw error;
    return { source, problem: error, evidence: [], manifests: [], checkpoints: [], transcripts: [], predictions: [] };
  }
}

/** What `evidence show` tells of a pack. */
export interface ShownPack extends Pick<OpenedPack, 'root' | 'name'> {
  readonly file: string;
  readonly encrypted: boolean;
  readonly files: readonly Pick<PackFile, 'path' | 'role' | 'size'>[];
}

/**
 * Reads a pack whole and says what it holds.
 *
 * @throws StemmaError as `openPack`; USAGE, RECIPIENT_OTHER and CIPHERTEXT_INVALID for an encrypted one
 */
export async function showPack(file: string, options: UnpackOptions): Promise<ShownPack> {
  const plain = await plainFile(file, options);
  const { source, root, name, files } = await openPack(plain, { signal: options.signal, source: path.basename(file) });
  const listed = files.map(({ path: at, role, size }) => ({ path: at, role, size }));
  return { file: source, encrypted: plain !== file, root, name, files: listed };
}

const FATAL: ReadonlySet<StemmaError['code']> = new Set(['INTERRUPTED', 'WRITE_FAILED']);

const plainFile = async (file: string, options: UnpackOptions): Promise<string> =>
  (await isEncrypted(file)) ? decrypt(file, options) : file;

async function isEncrypted(file: string): Promise<boolean> {
  for await (const chunk of readChunks(file, { followLink: true })) return looksEncrypted(chunk);
  return false;
}

/** To a file, because nothing of it may be used before its end was reached. */
async function decrypt(file: string, { identities, folder, signal }: UnpackOptions): Promise<string> {
  const source = path.basename(file);
  if (identities === undefined) {
    throw new StemmaError('USAGE', `${quote(source)} is encrypted`, {
      hint: 'name the file with your age key: --decrypt-with FILE',
    });
  }
  const car = path.join(await folder(), 'plain.car');
  const pieces = decryptWith(identities, readChunks(file, { followLink: true }), quote(source));
  await write(car, interruptible(pieces, signal));
  return car;
}

/** Takes what is read where it lies, and only what a verification reads. */
function taker({ folder }: UnpackOptions) {
  let made: Promise<string> | undefined;
  return async (at: string, bytes: AsyncIterable<Uint8Array>): Promise<string | undefined> => {
    if (at.endsWith('.manifest.jsonl') ? !isAboutModel(at) : at.startsWith('proofs/')) return undefined;
    made ??= folder();
    const to = path.join(await made, ...at.split('/'));
    await makeFolder(path.dirname(to), 0o700);
    await write(to, bytes);
    return to;
  };
}

async function write(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await writeSynced(file, bytes, 0o600);
  } catch (cause) {
    if (isStemmaError(cause)) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StemmaError('WRITE_FAILED', `cannot unpack evidence to the temporary folder: ${code}`, {
      cause,
      hint: 'make room there, or name another one with TMPDIR',
    });
  }
}

async function* interruptible(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    throwIfAborted(signal);
    yield piece;
  }
}
