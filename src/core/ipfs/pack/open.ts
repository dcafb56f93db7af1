import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { joinBytes, quote } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import { MAX_EVIDENCE_BYTES } from '../../evidence/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { type Car, openCar } from '../car/read.ts';
import { DAG_PB, formatCid } from '../cid.ts';
import type { UnixFsFile } from '../read/file.ts';
import { readFolder } from '../read/folder.ts';
import { pathOfBlock } from './find-block.ts';
import { packInvalid, readIndex } from './index-file.ts';
import { INDEX_NAME, MODEL_FOLDER, type PackRole, roleIn, STORE_FOLDER } from './layout.ts';

/** A pack holds evidence and no weights. */
const MAX_PACK_BYTES = 2 ** 36;
/**
 * Hostile input: one block may stand for any number of bytes. Files that are there twice are no more than a part of an honest pack,
 * and what is unpacked goes to the disk.
 */
const MAX_GROWTH = 16;
const FREE_BYTES = 64 * 1024 * 1024;
const MAX_BLOCKS = 2 ** 18;
const MAX_FILES = 200_000;
/** Attestations and signatures are held in memory, all files of them together. */
const MAX_HELD_BYTES = 2 * MAX_EVIDENCE_BYTES;

export interface PackFile {
  readonly path: string;
  readonly role: PackRole;
  readonly size: number;
  /** Of attestations and signatures. */
  readonly bytes?: Uint8Array;
  /** Where it was put, if it was asked for. */
  readonly location?: string;
}

export interface OpenedPack {
  /** Base name of the file. */
  readonly source: string;
  /** CID of the root, of which every file was reached. */
  readonly root: string;
  /** What the exporter called the model: a claim. */
  readonly name: string;
  /** By the UTF-8 bytes of their paths. */
  readonly files: readonly PackFile[];
}

/** Takes a file out of a pack: all of its bytes, and gives the place where they are then. */
export type TakeFile = (path: string, bytes: AsyncIterable<Uint8Array>) => Promise<string | undefined>;

/**
 * Reads an evidence pack whole: every block that the root leads to is hashed, every file is read to its end, and the index must list
 * just these. A pack of which anything is broken is given to nobody. Whose statements are in it is for others to ask.
 *
 * @param file a CAR that the caller named
 * @throws StemmaError PACK_INVALID, CAR_INVALID, UNIXFS_INVALID, TOO_LARGE; BLOCK_MISMATCH and BLOCK_MISSING, which name file and CID;
 *   as `openCar`; and whatever `take` throws
 */
export async function openPack(
  file: string,
  {
    signal,
    take,
    source = path.basename(file),
  }: AbortOptions & { readonly take?: TakeFile; readonly source?: string } = {},
): Promise<OpenedPack> {
  const limits = { maxBlocks: MAX_BLOCKS, maxBytes: MAX_PACK_BYTES };
  const car = await openCar(file, limits, { signal, hashed: 'when-read' });
  try {
    const [root, ...more] = car.roots;
    if (root === undefined || more.length > 0)
      throw packInvalid(`a pack has one root, and this has ${car.roots.length}`);
    if (root.code !== DAG_PB) throw packInvalid('its root is no folder');
    return { source, root: formatCid(root), ...(await readAll(car, root, { signal, take })) };
  } finally {
    await car.close();
  }
}

interface ReadOptions extends AbortOptions {
  readonly take: TakeFile | undefined;
}

async function readAll(
  car: Car,
  root: CID,
  { signal, take }: ReadOptions,
): Promise<Pick<OpenedPack, 'name' | 'files'>> {
  const files = new Map<string, Omit<PackFile, 'role'>>();
  const held = { bytes: 0 };
  let index: Uint8Array | undefined;
  let reading: string | undefined;
  try {
    const maxBytes = Math.min(MAX_PACK_BYTES, FREE_BYTES + MAX_GROWTH * car.byteLength);
    const limits = { maxBytes, maxEntries: MAX_FILES, maxDepth: 4 };
    for await (const entry of readFolder(car, root, limits, { signal })) {
      reading = entry.path;
      if (entry.path === INDEX_NAME) index = await hold(entry, held);
      else files.set(entry.path, { path: entry.path, size: entry.size, ...(await readFile(entry, held, take)) });
      // What comes next is another file, or its folder.
      reading = undefined;
    }
  } catch (error) {
    throw await withPlace(error, reading, { car, root, signal });
  }
  const listed = readIndex(index, [...files.keys()]);
  return { name: listed.name, files: listed.files.map(({ path: at, role }) => ({ ...files.get(at)!, role })) };
}

async function readFile(
  entry: UnixFsFile,
  held: { bytes: number },
  take: TakeFile | undefined,
): Promise<Pick<PackFile, 'bytes' | 'location'>> {
  const role = roleIn(entry.path);
  if (role === undefined) throw packInvalid(`no pack has a file ${quote(entry.path, 200)}`);
  if (role === 'attestations' || role === 'signature') return { bytes: await hold(entry, held) };
  const location = await take?.(entry.path, entry.bytes());
  if (location !== undefined) return { location };
  for await (const _ of entry.bytes());
  return {};
}

async function hold(entry: UnixFsFile, held: { bytes: number }): Promise<Uint8Array> {
  held.bytes += entry.size;
  if (held.bytes > MAX_HELD_BYTES)
    throw new StemmaError('TOO_LARGE', `the pack has more than ${MAX_HELD_BYTES} bytes of attestations`);
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.bytes()) pieces.push(piece);
  return joinBytes(pieces);
}

/** Says which file a broken block is of: the reader knows it by its CID alone. */
async function withPlace(
  error: unknown,
  reading: string | undefined,
  { car, root, signal }: { readonly car: Car; readonly root: CID } & AbortOptions,
): Promise<unknown> {
  if (!isStemmaError(error) || error.code === 'INTERRUPTED' || error.code === 'PACK_INVALID') return error;
  const { cid } = error.details ?? {};
  const found = typeof cid === 'string' ? await pathOfBlock(car, root, cid, signal) : reading;
  const place = found === undefined ? undefined : found === '' ? 'the root folder' : quote(found, 200);
  return new StemmaError(error.code, place === undefined ? error.message : `${place} in the pack: ${error.message}`, {
    cause: error,
    details: { ...error.details, ...(found === undefined ? {} : { path: found }) },
    hint: error.hint ?? 'get an intact copy of the pack',
  });
}

/** Whether a file says something about the model itself: not about a parent. */
export const isAboutModel = (at: string): boolean =>
  at.startsWith(`${MODEL_FOLDER}/`) || at.startsWith(`${STORE_FOLDER}/`);
