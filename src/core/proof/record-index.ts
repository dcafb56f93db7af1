import { joinBytes } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { throwIfAborted } from '../errors/index.ts';
import { MerkleLayers, merkleRoot } from '../merkle/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { RecordKind, RecordSalts } from '../records/index.ts';
import type { LogFile } from '../trainlog/index.ts';
import { RecordLeaves } from './record-leaves.ts';

/** A power of two, so that the root over a block's records is a node of the whole tree. */
export const BLOCK_RECORDS = 4096;
const HASH_BYTES = 32;
/** Progress is reported once for so many bytes: some ten times a second. */
const PROGRESS_BYTES = 64 * 1024 * 1024;

/** A record tree, thinned out: 40 bytes for each 4,096 records. A proof needs one block read again, and nothing else. */
export interface RecordIndex {
  /** Number of records. */
  readonly size: number;
  /** Where each block begins in the file. */
  readonly starts: readonly number[];
  /** The root over each block, 32 bytes each, end to end. */
  readonly nodes: Uint8Array;
}

/** How the records of a file become leaves. */
export interface RecordSource {
  readonly file: LogFile;
  readonly kind: RecordKind;
  readonly salts?: RecordSalts | undefined;
}

export function rootOf({ nodes }: RecordIndex): Uint8Array {
  return merkleRoot(sha256, nodesOf(nodes));
}

function* nodesOf(nodes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < nodes.length; at += HASH_BYTES) yield nodes.subarray(at, at + HASH_BYTES);
}

/**
 * Reads the whole file once, in memory that grows by 40 bytes for each 4,096 records.
 *
 * @throws StemmaError FILE_CHANGED, FILE_UNREADABLE, LOG_INVALID, INTERRUPTED
 */
export async function indexRecords(
  { file, kind, salts }: RecordSource,
  options: AbortOptions & ProgressOptions,
): Promise<RecordIndex> {
  const starts: number[] = [];
  const nodes: Uint8Array[] = [];
  const block = new Uint8Array(BLOCK_RECORDS * HASH_BYTES);
  let size = 0;
  const endBlock = (records: number): void => {
    if (records > 0) nodes.push(merkleRoot(sha256, nodesOf(block.subarray(0, records * HASH_BYTES))));
  };
  const leaves = new RecordLeaves({
    kind,
    salts,
    onLeaf: (leafHash, start) => {
      const inBlock = size % BLOCK_RECORDS;
      if (inBlock === 0) starts.push(start);
      block.set(leafHash, inBlock * HASH_BYTES);
      size++;
      if (inBlock === BLOCK_RECORDS - 1) endBlock(BLOCK_RECORDS);
    },
  });
  const { name, identity } = file;
  let done = 0;
  let nextReport = 0;
  for await (const chunk of file.chunks()) {
    throwIfAborted(options.signal);
    if (done >= nextReport) {
      options.onProgress?.({ phase: 'indexing records', done, total: identity.size, path: name });
      nextReport = done + PROGRESS_BYTES;
    }
    leaves.push(chunk);
    done += chunk.length;
  }
  leaves.finish();
  endBlock(size % BLOCK_RECORDS);
  await file.assertUnchanged();
  return { size, starts, nodes: joinBytes(nodes) };
}

/** A record on its place in the tree. */
export interface LocatedRecord {
  readonly index: number;
  /** Place of the record in the file. */
  readonly start: number;
  readonly end: number;
  /** The inclusion path, lowest first. */
  readonly path: readonly Uint8Array[];
}

/** The records of one block, read again. */
interface Block {
  readonly number: number;
  readonly tree: MerkleLayers;
  /** Where each record begins, and last where the block ends. */
  readonly bounds: readonly number[];
}

/** Makes the inclusion paths of single records from an index; each reads the block that the record is in, unless the one before did. */
export class RecordLocator {
  readonly #source: RecordSource;
  readonly #index: RecordIndex;
  readonly #blocks: MerkleLayers;
  #last: Block | undefined;

  constructor(source: RecordSource, index: RecordIndex) {
    this.#source = source;
    this.#index = index;
    this.#blocks = new MerkleLayers(sha256, index.nodes);
  }

  /**
   * The record as the index and the file have it: the caller compares the path with a signed root, since either may be wrong.
   *
   * @returns undefined where the block does not hold the record
   * @throws StemmaError FILE_CHANGED, FILE_UNREADABLE, LOG_INVALID
   */
  async locate(index: number): Promise<LocatedRecord | undefined> {
    const number = Math.floor(index / BLOCK_RECORDS);
    if (this.#last?.number !== number) this.#last = await this.#read(number);
    const { tree, bounds } = this.#last;
    const at = index % BLOCK_RECORDS;
    const start = bounds[at];
    const end = bounds[at + 1];
    if (start === undefined || end === undefined) return undefined;
    return { index, start, end, path: [...tree.inclusionProof(at), ...this.#blocks.inclusionProof(number)] };
  }

  async #read(number: number): Promise<Block> {
    const { file, kind, salts } = this.#source;
    const { starts } = this.#index;
    const first = { index: number * BLOCK_RECORDS, offset: starts[number] ?? 0 };
    const hashes: Uint8Array[] = [];
    const bounds = [first.offset];
    const leaves = new RecordLeaves({
      kind,
      salts,
      first,
      onLeaf: (leafHash, _start, end) => {
        // A wrong index must not make a block endless.
        if (hashes.length === BLOCK_RECORDS) return;
        hashes.push(leafHash);
        bounds.push(end);
      },
    });
    for await (const chunk of file.chunks(first.offset, starts[number + 1])) leaves.push(chunk);
    leaves.finish();
    return { number, tree: new MerkleLayers(sha256, joinBytes(hashes)), bounds };
  }
}
