import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { CID } from 'multiformats/cid';
import { quote } from '../../bytes/index.ts';
import { sha256 } from '../../digest/index.ts';
import { StemmaError, throwIfAborted } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { type BlockSource, blockMissing, checkBlock } from '../block.ts';
import { BlockTable, keyOf } from '../block-table.ts';
import { type CarLimits, readCarStream } from './stream.ts';

/** An opened CAR: what it says are its roots is a claim; whoever reads walks from the root that he expects. */
export interface Car extends BlockSource {
  readonly roots: readonly CID[];
  /** Blocks, each counted once. */
  readonly blockCount: number;
  /** Frames: more than `blockCount` where a block is there twice. */
  readonly frameCount: number;
  /** Length of the file. */
  readonly byteLength: number;
  /** Bytes of a block; undefined where it is not in the CAR. */
  lengthOf(cid: CID): number | undefined;
  close(): Promise<void>;
}

/** Enough for a model of 4 TiB; the index of so many blocks takes some 200 MB. */
export const CAR_LIMITS: CarLimits = { maxBlocks: 4 * 1024 * 1024, maxBytes: Number.MAX_SAFE_INTEGER };

const CHUNK_BYTES = 1024 * 1024;

interface OpenOptions extends AbortOptions {
  /** `when-read`: for whoever reads every block that he uses, and is to say where a broken one belongs. */
  readonly hashed?: 'at-once' | 'when-read';
}

/**
 * Opens a CARv1 or CARv2 and hashes every block in it. Whoever gets a block later gets it hashed again: the file may have
 * changed.
 *
 * @param file that the caller named; may be a symbolic link
 * @throws StemmaError CAR_INVALID, BLOCK_MISMATCH, TOO_LARGE, PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE, INTERRUPTED
 */
export async function openCar(file: string, limits: CarLimits = CAR_LIMITS, options: OpenOptions = {}): Promise<Car> {
  const name = path.basename(file);
  const handle = await openFile(file, name);
  try {
    const index = new Index();
    const { roots, blocks } = await readCarStream(
      chunksOf(handle, name, options.signal),
      options.hashed === 'when-read' ? undefined : sha256,
      limits,
    );
    for await (const { cid, offset, bytes } of blocks) index.add(cid, offset, bytes.length);
    return new OpenCar(handle, name, { roots, index, byteLength: (await handle.stat()).size });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(file: string, name: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // A FIFO in its place must not hold us up.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new StemmaError('PATH_NOT_FOUND', `no such file: ${quote(name)}`, { cause });
    }
    throw unreadable(name, cause);
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new StemmaError('NOT_A_REGULAR_FILE', `${quote(name)} is not a regular file`);
}

async function* chunksOf(
  handle: FileHandle,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  for (let at = 0; ; ) {
    throwIfAborted(signal);
    const chunk = new Uint8Array(CHUNK_BYTES);
    const bytesRead = await readAt(handle, chunk, at, name);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function readAt(handle: FileHandle, into: Uint8Array, at: number, name: string): Promise<number> {
  try {
    return (await handle.read(into, 0, into.length, at)).bytesRead;
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function unreadable(name: string, cause: unknown): StemmaError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return new StemmaError('FILE_UNREADABLE', `cannot read ${quote(name)}: ${code}`, { cause });
}

/** Where the blocks are, in flat arrays. */
class Index {
  readonly #table = new BlockTable();
  #offsets = new Float64Array(64);
  #lengths = new Uint32Array(64);
  frames = 0;

  get blocks(): number {
    return this.#table.length;
  }

  add(cid: CID, offset: number, length: number): void {
    this.frames++;
    const number = this.#table.length;
    if (!this.#table.add(keyOf(cid))) return;
    if (number === this.#offsets.length) {
      this.#offsets = new Float64Array(this.#offsets.buffer.transfer(2 * this.#offsets.byteLength));
      this.#lengths = new Uint32Array(this.#lengths.buffer.transfer(2 * this.#lengths.byteLength));
    }
    this.#offsets[number] = offset;
    this.#lengths[number] = length;
  }

  find(cid: CID): { readonly offset: number; readonly length: number } | undefined {
    const number = this.#table.find(keyOf(cid));
    if (number === undefined) return undefined;
    return { offset: this.#offsets[number] as number, length: this.#lengths[number] as number };
  }
}

class OpenCar implements Car {
  readonly roots: readonly CID[];
  readonly blockCount: number;
  readonly frameCount: number;
  readonly byteLength: number;
  readonly #handle: FileHandle;
  readonly #name: string;
  readonly #index: Index;

  constructor(
    handle: FileHandle,
    name: string,
    { roots, index, byteLength }: Pick<Car, 'roots' | 'byteLength'> & { readonly index: Index },
  ) {
    this.roots = roots;
    this.blockCount = index.blocks;
    this.frameCount = index.frames;
    this.byteLength = byteLength;
    this.#handle = handle;
    this.#name = name;
    this.#index = index;
  }

  lengthOf(cid: CID): number | undefined {
    return this.#index.find(cid)?.length;
  }

  async get(cid: CID, signal?: AbortSignal): Promise<Uint8Array> {
    throwIfAborted(signal);
    const place = this.#index.find(cid);
    if (place === undefined) throw blockMissing(cid, quote(this.#name));
    const bytes = new Uint8Array(place.length);
    for (let filled = 0; filled < bytes.length; ) {
      const read = await readAt(this.#handle, bytes.subarray(filled), place.offset + filled, this.#name);
      if (read === 0) throw new StemmaError('FILE_CHANGED', `${quote(this.#name)} became shorter while it was read`);
      filled += read;
    }
    checkBlock({ cid, bytes }, sha256);
    return bytes;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
