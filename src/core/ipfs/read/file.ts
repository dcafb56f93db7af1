import { formatCid, RAW } from '../cid.ts';
import { MAX_FILE_LEVELS, tooLarge } from './limits.ts';
import { invalid } from './protobuf.ts';
import type { Reading } from './reading.ts';
import { decodeUnixFs, type FileNode, type Part } from './unixfs.ts';

/** A piece of a file, in its place. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Whether `have` gave it. */
  readonly reused: boolean;
}

export interface PieceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are at hand already and have been held to the CID; only asked for raw blocks. */
  readonly have?: (part: Part, offset: number) => Promise<Uint8Array | undefined>;
}

/** A file of a DAG whose root block has been read; its size is that of its parts as the blocks on the way to them say. */
export interface UnixFsFile {
  /** Relative to the folder, checked by `pathProblem`; empty where the root of the DAG is the file. */
  readonly path: string;
  readonly size: number;
  /**
   * In order, each part held to the size that was said of it.
   *
   * @throws StemmaError UNIXFS_INVALID, TOO_LARGE, and as the source
   */
  pieces(options?: PieceOptions): AsyncIterable<Piece>;
  /** The same, as bytes alone. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** A file that is one raw block. */
export function rawFile(path: string, block: Uint8Array): UnixFsFile {
  return fileOf(path, block.length, async function* () {
    if (block.length > 0) yield { offset: 0, bytes: block, reused: false };
  });
}

export function nodeFile(path: string, node: FileNode, reading: Reading): UnixFsFile {
  return fileOf(path, node.size, (options) => {
    reading.counter.beginRead(node.size);
    return new FileReading(reading, options).node(node, 0, 0);
  });
}

function fileOf(path: string, size: number, pieces: (options: PieceOptions) => AsyncIterable<Piece>): UnixFsFile {
  return {
    path,
    size,
    pieces: (options = {}) => pieces(options),
    bytes: async function* () {
      for await (const { bytes } of pieces({})) yield bytes;
    },
  };
}

class FileReading {
  readonly #reading: Reading;
  readonly #options: PieceOptions;

  constructor(reading: Reading, options: PieceOptions) {
    this.#reading = reading;
    this.#options = options;
  }

  async *node({ data, parts }: FileNode, start: number, level: number): AsyncGenerator<Piece> {
    if (level > MAX_FILE_LEVELS) throw tooLarge(`a file has more than ${MAX_FILE_LEVELS} levels of blocks`);
    this.#reading.counter.addParts(parts.length);
    let offset = start;
    if (data.length > 0) yield { offset, bytes: data, reused: false };
    offset += data.length;
    let asked = offset;
    const get = (part: Part): Promise<Omit<Piece, 'offset'>> => {
      const at = asked;
      asked += part.size;
      return this.#get(part, at);
    };
    for await (const [part, { bytes, reused }] of this.#reading.ahead.inOrder(parts, get)) {
      if (part.cid.code === RAW) {
        if (bytes.length !== part.size) throw wrongSize(part, bytes.length);
        yield { offset, bytes, reused };
      } else {
        const node = decodeUnixFs(part.cid, bytes);
        if (node.type !== 'file') throw invalid(`block ${formatCid(part.cid)} is part of a file, and a ${node.type}`);
        if (node.size !== part.size) throw wrongSize(part, node.size);
        yield* this.node(node, offset, level + 1);
      }
      offset += part.size;
    }
  }

  async #get(part: Part, offset: number): Promise<Omit<Piece, 'offset'>> {
    const { have, signal } = this.#options;
    const known = part.cid.code === RAW ? await have?.(part, offset) : undefined;
    if (known !== undefined) return { bytes: known, reused: true };
    return { bytes: await this.#reading.get(part.cid, signal), reused: false };
  }
}

const wrongSize = ({ cid, size }: Part, found: number) =>
  invalid(`block ${formatCid(cid)} holds ${found} bytes of the file; what links to it says ${size}`);
