import type { CID } from 'multiformats/cid';
import { StemmaError } from '../../errors/index.ts';
import type { HashFunction } from '../../merkle/index.ts';
import { type Block, checkBlock } from '../block.ts';
import { ByteReader } from './byte-reader.ts';
import {
  carInvalid,
  MAX_FRAME_BYTES,
  MAX_HEADER_BYTES,
  MAX_LENGTH_BYTES,
  readCid,
  readLength,
  readRoots,
} from './parse.ts';
import { isPragma, PRAGMA_BYTES, readVersion2, VERSION_2_BYTES } from './version-2.ts';

export interface CarLimits {
  /** Frames, each counted. */
  readonly maxBlocks: number;
  /** Bytes of the CAR. */
  readonly maxBytes: number;
}

/** A block, and where its bytes begin in the CAR. */
export interface CarBlock extends Block {
  readonly offset: number;
}

export interface CarStream {
  /** What the CAR says are its roots: a claim. Whoever reads walks from the root that he expects. */
  readonly roots: readonly CID[];
  /** In the order of the CAR; one that is there twice comes twice. To be read to its end, or returned from. */
  readonly blocks: AsyncGenerator<CarBlock, undefined>;
}

/**
 * Reads a CARv1 or CARv2 as it arrives: each block is held to its CID before it is handed on, and no more than one is in memory.
 * The index of a CARv2 is passed over: it says nothing that the frames do not.
 *
 * @param sha256 the native one in Node
 * @throws StemmaError CAR_INVALID, TOO_LARGE, both here and from `blocks`, which adds BLOCK_MISMATCH; and as `chunks`
 */
export async function readCarStream(
  chunks: AsyncIterable<Uint8Array>,
  sha256: HashFunction | undefined,
  limits: CarLimits,
): Promise<CarStream> {
  const reader = new ByteReader(chunks, limits.maxBytes);
  try {
    const payload = await payloadOf(reader);
    const header = await takeFrame(reader, payload.end, MAX_HEADER_BYTES);
    if (header === undefined) throw carInvalid('expected a header, found nothing', reader.offset);
    const roots = readRoots(header, reader.offset - header.length);
    return { roots, blocks: blocksIn(reader, payload, sha256, limits) };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** Where the frames end, where that is said, and what may come after them. */
interface Payload {
  readonly end: number | undefined;
  /** Where the index begins; 0 where there is none. */
  readonly index: number;
}

/** Takes what is before the frames: nothing in version 1. */
async function payloadOf(reader: ByteReader): Promise<Payload> {
  if (!isPragma(await reader.peek(PRAGMA_BYTES))) return { end: undefined, index: 0 };
  await reader.skip(PRAGMA_BYTES);
  const at = reader.offset;
  const { dataOffset, dataSize, indexOffset } = readVersion2(await reader.take(VERSION_2_BYTES), at);
  await reader.skip(dataOffset - reader.offset);
  if (isPragma(await reader.peek(PRAGMA_BYTES))) throw carInvalid('a CARv2 lies inside a CARv2', reader.offset);
  return { end: dataOffset + dataSize, index: indexOffset };
}

async function* blocksIn(
  reader: ByteReader,
  { end, index }: Payload,
  sha256: HashFunction | undefined,
  { maxBlocks }: CarLimits,
): AsyncGenerator<CarBlock, undefined> {
  try {
    for (let count = 1; ; count++) {
      const frame = await takeFrame(reader, end, MAX_FRAME_BYTES);
      if (frame === undefined) break;
      if (count > maxBlocks) throw new StemmaError('TOO_LARGE', `the CAR holds more than ${maxBlocks} blocks`);
      const at = reader.offset - frame.length;
      const cid = readCid(frame, at);
      const block = { cid, bytes: frame.subarray(cid.bytes.length) };
      if (sha256 !== undefined) checkBlock(block, sha256);
      yield { ...block, offset: at + cid.bytes.length };
    }
    const after = reader.offset;
    await reader.drain();
    if (index === 0 && reader.offset > after) throw carInvalid('bytes follow the last block', after);
    if (index > reader.offset) throw carInvalid('expected an index, found the end', reader.offset);
  } finally {
    await reader.close();
  }
}

/** The next frame without its length; undefined at the end. */
async function takeFrame(reader: ByteReader, end: number | undefined, max: number): Promise<Uint8Array | undefined> {
  const at = reader.offset;
  if (at === end) return undefined;
  const head = await reader.peek(MAX_LENGTH_BYTES);
  if (head.length === 0 && end === undefined) return undefined;
  const length = readLength(head, at, max);
  if (length === undefined) throw carInvalid('cut off within the length of a frame', at);
  if (length.value === 0) throw carInvalid('a frame is empty', at);
  if (end !== undefined && at + length.width + length.value > end) {
    throw carInvalid('a frame goes beyond the end that the CARv2 names', at);
  }
  await reader.skip(length.width);
  return reader.take(length.value);
}
